// node check.mjs GOLDEN_FOLDER MODEL_FILE [IMAGE.ppm]: decodes every golden vector, then the golden code of a fixed model to pixels.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel, toLatents, toPixels } from './model.mjs';
import { decodeSymbols, readPrior } from './symbols.mjs';

const [folder, file, image] = process.argv.slice(2);
const prior = readPrior(readFileSync(join(folder, 'prior.bin')));
const lines = readFileSync(join(folder, 'vectors.txt'), 'ascii').trim().split('\n').map((line) => line.split(' : '));
const right = lines.filter(([quality, symbols, code]) => {
  const bytes = Buffer.from(code, 'hex'), decoded = decodeSymbols(prior, Number(quality), bytes);
  return decoded.symbols.join(' ') === symbols && decoded.length === bytes.length;
});
console.log(`${right.length} of ${lines.length} golden vectors`);

const model = loadModel(file), { quality, code } = model.manifest.golden, { width, height } = model.head.output;
const bytes = Buffer.from(code, 'base64'), decoded = decodeSymbols(model.prior, quality, bytes);
const pixels = toPixels(model, toLatents(model, quality, decoded));
console.log(`${model.manifest.name}: ${decoded.length} of ${bytes.length} bytes, ${width}×${height} pixels`);
if (image) writeFileSync(image, Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), pixels]));
