// Runs the decoder graph of a linear model on one image. Graphs are ONNX: onnx.ai has the message's fields and the operators. These are
// the six that the graph of faces-64 consists of; any other graph runs in onnxruntime-web or onnxruntime-node.

/** Reads the varint at a position: [value, position after it]. */
function varint(bytes, at) {
  for (let value = 0, scale = 1; ; scale *= 128) {
    value += (bytes[at] & 127) * scale;
    if (bytes[at++] < 128) return [value, at];
  }
}

/** Splits a protobuf message: field number → its values, numbers or bytes. */
function fields(bytes) {
  const found = {};
  for (let at = 0, tag, value; at < bytes.length;) {
    [tag, at] = varint(bytes, at);
    if (tag % 8 === 0) [value, at] = varint(bytes, at);
    else {
      let length = tag % 8 === 1 ? 8 : 4;
      if (tag % 8 === 2) [length, at] = varint(bytes, at);
      value = bytes.subarray(at, at += length);
    }
    (found[Math.floor(tag / 8)] ??= []).push(value);
  }
  return found;
}

/** The numbers of a repeated field, packed or not. */
const numbers = (values = []) => values.flatMap((value) => {
  if (typeof value === 'number') return value;
  const all = [];
  for (let at = 0, one; at < value.length; all.push(one)) [one, at] = varint(value, at);
  return all;
});

function readTensor(bytes) {
  const { 1: shape, 2: [type], 8: [name], 9: [raw] } = fields(bytes), { buffer } = Uint8Array.from(raw);
  const data = type === 1 ? new Float32Array(buffer) : type === 3 ? new Int8Array(buffer) : Array.from(new BigInt64Array(buffer), Number);
  return [`${name}`, { shape: numbers(shape), data }];
}

/** Reads a model of ONNX: its graph's nodes in order, and its constants by name. */
export function readGraph(bytes) {
  const { 1: nodes, 5: constants } = fields(fields(bytes)[7][0]);
  return {
    constants: Object.fromEntries(constants.map(readTensor)),
    nodes: nodes.map((node) => {
      const { 1: inputs, 2: [output], 4: [operator], 5: attributes = [] } = fields(node);
      const named = attributes.map(fields).map(({ 1: [name], 8: list }) => [`${name}`, numbers(list)]);
      return { operator: `${operator}`, inputs: inputs.map(String), output: `${output}`, attributes: Object.fromEntries(named) };
    }),
  };
}

const size = (shape) => shape.reduce((product, side) => product * side, 1);

const operators = {
  // Of one row: latents from start to end.
  Slice: ([x, { data: [start] }, { data: [end] }]) => ({ shape: [1, end - start], data: x.data.slice(start, end) }),
  // A scale for each row.
  DequantizeLinear: ([x, { data: scale }]) =>
    ({ shape: x.shape, data: Float32Array.from(x.data, (v, i) => v * scale[Math.floor(i / x.shape[1])]) }),
  Add: ([x, y]) => ({ shape: x.shape, data: x.data.map((v, i) => v + y.data[i % y.data.length]) }),
  Reshape: ([x, { data: shape }]) => {
    const rest = x.data.length / size(shape.filter((side) => side > 0));
    return { shape: shape.map((side) => side < 0 ? rest : side), data: x.data };
  },
  // [rows…, inner] · [inner, columns]; each sum is rounded to binary32.
  MatMul: ([x, y]) => {
    const [inner, columns] = y.shape, rows = x.data.length / inner, data = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++)
      for (let k = 0; k < inner; k++) {
        const factor = x.data[row * inner + k];
        if (factor !== 0) for (let c = 0; c < columns; c++) data[row * columns + c] += factor * y.data[k * columns + c];
      }
    return { shape: [...x.shape.slice(0, -1), columns], data };
  },
  Transpose: ([x], { perm }) => {
    const shape = perm.map((axis) => x.shape[axis]), steps = perm.map((axis) => size(x.shape.slice(axis + 1)));
    const data = x.data.map((_, i) => {
      let from = 0;
      for (let axis = shape.length - 1; axis >= 0; i = Math.floor(i / shape[axis--])) from += (i % shape[axis]) * steps[axis];
      return x.data[from];
    });
    return { shape, data };
  },
};

/** Runs a graph on the latents of one image. */
export function runGraph({ nodes, constants }, latents) {
  const values = { ...constants, latents: { shape: [1, latents.length], data: latents } };
  for (const { operator, inputs, output, attributes } of nodes) {
    if (!operators[operator]) throw new Error(`the operator ${operator} is not one of ${Object.keys(operators)}`);
    values[output] = operators[operator](inputs.map((name) => values[name]), attributes);
  }
  return values.pixels.data;
}
