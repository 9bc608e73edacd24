/** `3 s`, `5 min`, `2 h`, `3 d` ago: as short as a column wants it. */
export function agoText(at: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - at) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} d ago`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** `812 B`, `4.2 MB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
  const figure = bytes / 1000 ** power;
  return `${power === 0 ? figure : figure.toFixed(1)} ${UNITS[power] ?? "B"}`;
}

const BARS = "▁▂▃▄▅▆▇█";

/** The last values as bars, the highest of them full. */
export function sparkLine(values: readonly number[], width: number): string {
  const last = values.slice(-width);
  const most = Math.max(...last, 1);
  return last.map((value) => BARS[Math.round((value / most) * (BARS.length - 1))] ?? BARS[0]).join("");
}
