// Loads the service's protos; every message is documented there.
import { fileURLToPath } from 'node:url';
import grpc from '@grpc/grpc-js';
import loader from '@grpc/proto-loader';

const protos = process.env.CODEC_PROTOS ?? fileURLToPath(new URL('../../protos', import.meta.url));
const files = loader.loadSync('codec/v1/channel.proto', { includeDirs: [protos], longs: Number, keepCase: true, oneofs: true });

/**
 * Connects to a server: host:port. Call a method by its name in the protos, such as client.GetChannel: client.getChannel is
 * @grpc/grpc-js's own, and returns the connection.
 */
export function connect(address) {
  return new (grpc.loadPackageDefinition(files).codec.v1.ChannelService)(address, grpc.credentials.createInsecure());
}
