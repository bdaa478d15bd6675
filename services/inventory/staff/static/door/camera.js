// The camera, and what codes it sees. The browser's own detector reads them where there is one, else a worker does.

const PAUSE = 120;
const WIDTH = 800;

export class Camera {
  constructor(video, { worker, seen }) {
    this.video = video;
    this.worker = worker;
    this.seen = seen;
    this.track = null;
    this.turn = 0;
  }

  // Throws what the browser says when it gives no camera.
  async start() {
    this.stop();
    const turn = ++this.turn;
    if (!navigator.mediaDevices) throw new DOMException("no secure context", "SecurityError");
    const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    this.video.srcObject = stream;
    [this.track] = stream.getVideoTracks();
    await this.video.play();
    this.read ??= await reader(this.worker);
    this.look(turn);
  }

  stop() {
    this.turn++;
    this.track?.stop();
    this.track = null;
    this.video.srcObject = null;
  }

  get hasTorch() {
    return Boolean(this.track?.getCapabilities?.().torch);
  }

  async light(on) {
    await this.track.applyConstraints({ advanced: [{ torch: on }] });
  }

  async look(turn) {
    while (turn === this.turn) {
      try {
        const text = this.video.readyState >= 2 && (await this.read(this.video));
        if (text && turn === this.turn) await this.seen(text);
      } catch {
        // A frame that can't be read is followed by the next one.
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

async function reader(address) {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats?.()) ?? [];
  if (formats.includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  return readerInWorker(new Worker(address, { type: "module" }));
}

function readerInWorker(worker) {
  const canvas = document.createElement("canvas");
  const paper = canvas.getContext("2d", { willReadFrequently: true });
  return (video) => {
    const scale = Math.min(1, WIDTH / video.videoWidth);
    canvas.width = video.videoWidth * scale;
    canvas.height = video.videoHeight * scale;
    paper.drawImage(video, 0, 0, canvas.width, canvas.height);
    const image = paper.getImageData(0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = () => resolve(null);
      worker.postMessage({ width: image.width, height: image.height, data: image.data }, [image.data.buffer]);
    });
  };
}
