import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect } from 'chai';
import { resetStream } from '../../lib/testing/reset-stream.js';

describe('Resetting a stream', () => {
  /** The end of a connection that a server has. */
  const accepted = async (): Promise<Socket> => {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined).resume();
    const [socket] = (await once(server, 'connection')) as [Socket];
    server.close();
    return socket;
  };

  it('closes it also while its end is on its way: Node.js would leave it open, and then never end', async () => {
    const socket = await accepted();
    socket.end();
    resetStream(socket);
    await once(socket, 'close');
    expect(socket.destroyed).to.equal(true);
  });
});
