/**
 * Gives a buffer's memory back at once; nobody may use it any more. For buffers of many megabytes, of which the garbage
 * collector sees a small object and no reason to hurry. One that shares its memory with others is left alone.
 */
export function freeBytes({ buffer, byteLength }: Uint8Array): void {
  const isItsOwn = buffer instanceof ArrayBuffer && !buffer.detached && buffer.byteLength === byteLength;
  if (isItsOwn) buffer.transfer(0);
}
