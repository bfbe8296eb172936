/** The bytes of a base64 text. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Float32 values, little endian; the length must be the one that the shape promises. */
export function toFloats(bytes: ArrayBuffer, count: number, name: string): Float32Array {
  if (bytes.byteLength !== 4 * count) throw new RangeError(`${name}: ${bytes.byteLength} bytes for ${count} cells`);
  return new Float32Array(bytes);
}

/** Bit i of a bit string. */
export function bitAt(bits: Uint8Array, i: number): boolean {
  return ((bits[i >> 3] ?? 0) >> (i & 7) & 1) === 1;
}
