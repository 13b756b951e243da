/*
 * Modules of Node's own that most programs have no use for, each loaded by the first who asks for it. An import at the top
 * of a file would load them into every program that imports logflume, which takes 4 ms for all of them (Node.js 20).
 */
export const nodeDgram = () => process.getBuiltinModule('node:dgram');
export const nodeDns = () => process.getBuiltinModule('node:dns/promises');
export const nodeTls = () => process.getBuiltinModule('node:tls');
export const nodeZlib = () => process.getBuiltinModule('node:zlib');
