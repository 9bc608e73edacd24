const UNITS = ["bytes", "KB", "MB", "GB", "TB"] as const;

/** `820 bytes`, `4.2 MB`; a thousand of one unit is one of the next. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}
