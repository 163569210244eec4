// node subscribe.mjs HOST:PORT CHANNEL COUNT: receives codes from the channel's start. ../decoder-js decodes those of fixed models.
import { connect } from './codec.mjs';

const [address, channel, count] = process.argv.slice(2);
const client = connect(address);
const call = client.Subscribe({ channel, start: true });
let received = 0;
try {
  for await (const { header, first_sequence, frame } of call) {
    if (header) console.log(`codes of ${header.model} ${header.version.slice(0, 12)}`);
    if (!frame?.length) continue;
    // format and flags, quality, count: a varint of one or two bytes (docs/format.md, Frame)
    const codes = frame[2] < 128 ? frame[2] : (frame[2] & 127) + frame[3] * 128;
    console.log(`${codes} from ${first_sequence} at quality ${frame[1]}, ${frame.length} bytes`);
    received += codes;
    if (received >= Number(count)) break;
  }
} finally {
  call.cancel();
  client.close();
}
