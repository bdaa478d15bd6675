// Reads a QR code in a picture, beside the page, which stays at ease.

import { decodeQR } from "./qr.js";

onmessage = ({ data }) => {
  let text = null;
  try {
    text = decodeQR(data);
  } catch {
    // There is none in this picture.
  }
  postMessage(text);
};
