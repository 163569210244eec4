// node publish.mjs HOST:PORT CHANNEL FILE…: publishes JPEG, PNG or WebP files; the server encodes them with its model photos.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { connect } from './codec.mjs';

const [address, channel, ...files] = process.argv.slice(2);
const client = connect(address);
await promisify(client.CreateChannel.bind(client))({ name: channel });

const call = client.Publish();
call.write({ header: { channel, model: 'photos', quality: 4, producer: `node-${process.pid}`, transient_producer: true } });
files.forEach((file, i) =>
  call.write({ image: { file: readFileSync(file) }, producer_sequence: i + 1, info: { key: basename(file) } }));
call.end();

// The first answer states the version; then each file has its own, in order.
let answered = -1;
for await (const answer of call) {
  if (answered >= 0)
    console.log(files[answered], answer.refusal ? `refused: ${answer.refusal.message}` : `stored as ${answer.first_sequence}`);
  answered++;
}
client.close();
