// What the phone keeps, also over a restart: its door, the list of its city, and scans that nobody knows of yet.

const NAME = "door:";

export function kept(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(NAME + name)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

// False when the phone has no room, or keeps nothing.
export function keep(name, value) {
  try {
    localStorage.setItem(NAME + name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
