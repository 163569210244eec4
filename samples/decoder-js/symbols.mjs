// Decodes the codes of a fixed model to symbols, as docs/format.md describes: Prior, Symbols, Range decoder, Termination.

/** Reads a prior of version 1. */
export function readPrior(bytes) {
  let at = 0;
  const next = (size, method) => { const value = bytes[method](at); at += size; return value; };
  const u8 = () => next(1, 'readUInt8'), i8 = () => next(1, 'readInt8');
  const u16 = () => next(2, 'readUInt16LE'), i32 = () => next(4, 'readInt32LE');
  const list = (count, read) => Array.from({ length: count }, read);
  if (next(4, 'readUInt32BE') !== 0x43505249 || u8() !== 1) throw new Error('not a prior of version 1');
  const prior = { qualities: u8(), latents: u16(), scales: u8() + 1, decisions: u8(), shift: u8() };
  const activations = u8(), states = u8();
  prior.next = list(states, () => [u8(), u8()]);
  prior.quantizer = list(states, u8);
  prior.activation = list(activations, u8);
  prior.tables = list(prior.qualities, () => {
    const coded = u16(), weighted = u8(), levels = u8();
    return {
      coded,
      bias: list(coded, i32),
      weight: weighted ? list(coded, (_, j) => list(coded - 1 - j, i8)) : null, // weight[j][i - j - 1], row = acting latent
      continue: list(states, () => list(prior.scales, () => list(prior.decisions, u16))),
      centroid: list(Math.max(...prior.quantizer) + 1, () => list(levels, i8)),
    };
  });
  if (at !== bytes.length) throw new Error('bytes follow the prior');
  return prior;
}

/** Decodes one code at the beginning of the bytes. Numbers stay below 2^53, so doubles hold them exactly. */
export function decodeSymbols(prior, quality, bytes) {
  let low = 0, range = 2 ** 32 - 1, offset = 0, taken = 0;
  const take = () => { offset = offset * 256 + (bytes[taken++] ?? 0); };
  for (let i = 0; i < 4; i++) take();
  if (offset === 2 ** 32 - 1) throw new Error('damaged: the value is outside of the initial interval');
  const decode = (p) => {
    const bound = Math.floor(range / 65536) * p, bit = offset < bound;
    if (bit) range = bound;
    else { low = (low + bound) % 2 ** 32; offset -= bound; range -= bound; }
    while (range < 2 ** 24) { range *= 256; low = (low * 256) % 2 ** 32; take(); }
    return bit;
  };
  const escape = () => {
    let n = 0, r = 1;
    while (decode(32768)) if (++n > 15) throw new Error('damaged: an escape is too long');
    while (n-- > 0) r = 2 * r + (decode(32768) ? 1 : 0);
    return r - 1;
  };
  const table = prior.tables[quality], symbols = new Array(prior.latents).fill(0), quantizers = new Array(prior.latents).fill(0);
  const sums = table.bias.slice();
  let state = 0;
  for (let i = 0; i < table.coded; i++) {
    const row = table.continue[state][Math.min(Math.max(sums[i] >> prior.shift, 0), prior.scales - 1)];
    let m = 0;
    while (m < prior.decisions && decode(row[m])) m++;
    if (m === prior.decisions) m += escape();
    if (m > 32767) throw new Error('damaged: a magnitude is too large');
    quantizers[i] = prior.quantizer[state];
    if (m > 0) {
      symbols[i] = decode(32768) ? -m : m;
      const activation = prior.activation[Math.min(m, prior.activation.length) - 1];
      if (table.weight) for (let k = i + 1; k < table.coded; k++) sums[k] += activation * table.weight[i][k - i - 1];
    }
    state = prior.next[state][m % 2];
  }
  for (let n = 1; n <= 4; n++) {
    const block = 2 ** (32 - 8 * n), first = Math.ceil(low / block) * block;
    if (n < 4 && first + block > low + range) continue;
    const length = taken - 4 + n, rest = (((low + offset - first) % 2 ** 32) + 2 ** 32) % 2 ** 32;
    if (length > bytes.length || rest >= block) throw new Error('damaged: the code does not end as the encoder ends it');
    return { symbols, quantizers, length };
  }
}
