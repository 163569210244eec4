// Reads a model file (.codec): a zip archive with manifest.json and blobs by digest, as docs/format.md describes: Model file, Manifest.
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { readGraph, runGraph } from './graph.mjs';
import { readPrior } from './symbols.mjs';

/** Reads the entries of a zip archive by its central directory. */
function readZip(bytes) {
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1')), files = {};
  for (let at = bytes.readUInt32LE(end + 16), left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const [name, extra, comment] = [28, 30, 32].map((field) => bytes.readUInt16LE(at + field));
    const local = bytes.readUInt32LE(at + 42);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const data = bytes.subarray(start, start + bytes.readUInt32LE(at + 20));
    files[bytes.toString('utf8', at + 46, at + 46 + name)] = bytes.readUInt16LE(at + 10) === 8 ? inflateRawSync(data) : data;
    at += 46 + name + extra + comment;
  }
  return files;
}

/** Loads what decoding needs: the prior, and the graph of the head that restores the image. */
export function loadModel(path) {
  const files = readZip(readFileSync(path)), manifest = JSON.parse(files['manifest.json']);
  const blob = ({ digest }) => files[`blobs/${digest}`], head = manifest.heads.find(({ name }) => name === 'image');
  return { manifest, head, prior: readPrior(blob(manifest.prior)), graph: readGraph(blob(head.graph)) };
}

/** Restores the latents of a code's symbols: From symbols to latents to pixels. Each operation is rounded to binary32. */
export function toLatents({ manifest, prior }, quality, { symbols, quantizers }) {
  const { centroid } = prior.tables[quality], step = Math.fround(manifest.qualities[quality].step);
  return Float32Array.from(symbols, (s, i) => {
    const m = Math.abs(s), shifts = centroid[quantizers[i]];
    const point = Math.fround(2 * m - quantizers[i] + shifts[Math.min(m, shifts.length) - 1] / 256);
    return s === 0 ? 0 : Math.sign(s) * Math.fround(point * step);
  });
}

/** Restores the pixels of latents: [height, width, channels], a byte each. Halves are rounded up, and NaN gives 0. */
export function toPixels({ head: { output: { scale, offset } }, graph }, latents) {
  return Uint8Array.from(runGraph(graph, latents), (v) => Math.min(Math.max(Math.floor((v - offset) / scale + 0.5), 0), 255) || 0);
}
