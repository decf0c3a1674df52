// The configuration under test: four ways in, five ways out, all through the adapters that are shipped.

import { Random } from './random.mjs';

const inbound = (name, key, fields, more = '') => `mapping: ${name}
direction: inbound
type: work_order
record:
${key}
fields:
${fields}
${more}`;

const common = (content, title) => `  content: ${content}
  title: ${title}`;

/** Where the records of each sender go: by the first letter of the uid. */
const routes = {
  h: ['alpha', 'beta'],
  w: ['alpha', 'gamma'],
  l: ['beta', 'office'],
  m: ['gamma', 'office'],
};
const peers = { h: 'hotline', w: 'hook', l: 'ledger', m: 'wechat' };

/** Few records are special: `reject` (a peer refuses it), `broken` (no record can be made of it), `abort` and `hang` (an adapter
 *  dies of it). Out of the uid alone, so that sender and judge agree. */
export function markOf(uid, poison) {
  if (uid[0] === 'm') return undefined;
  const dice = new Random(uid, 'mark').next();
  if (dice < 0.004) return 'reject';
  if (dice < 0.008) return 'broken';
  if (poison && uid[0] === 'w' && dice < 0.0085) return 'abort';
  if (poison && uid[0] === 'w' && dice < 0.009) return 'hang';
  return undefined;
}

/** Peers that must take the record. */
export function destinationsOf(uid, poison) {
  const to = routes[uid[0]];
  return ['abort', 'hang'].includes(markOf(uid, poison)) ? [...to, 'stumbler'] : to;
}

export const secrets = { push: 'oracle-push-token', wechat: 'oracle-wechat-token', sign: 'oracle-sign-secret' };

export function county({ data, redis, port, adminPort, ports, drop, out, plugins, poison, settle = '300ms', poll = '200ms' }) {
  const sink = (title, settings, more = '') => `title: ${title}
adapter: webhook
settings:
${settings}
outbound:
  mappings: [thing_out]
  deadline: 3s
  breaker: {failures: 5, rest: 500ms}
${more}`;
  const files = {
    'lianqiao.yaml': `node: oracle
data: ${data}
adapters: [hotline12345, wechat_push, file_drop, data_exchange, webhook${poison ? ', stumbles' : ''}]
${plugins ? `plugins: ${plugins}\n` : ''}listen:
  peers: {address: 127.0.0.1, port: ${port}}
  admin: {address: 127.0.0.1, port: ${adminPort}}
redis: ${redis}
retry:
  default: {first: 200ms, factor: 2, cap: 2s, max_age: 72h}
`,
    'routes.yaml': `routes:
${Object.entries(routes).map(([letter, to]) => `  - name: of-${peers[letter]}
    when: {peer: ${peers[letter]}}
    to: [${to.join(', ')}]`).join('\n')}
${poison ? `  - name: stumbling
    when: {data.title: [abort, hang]}
    to: [stumbler]
` : ''}`,
    'secrets/push': secrets.push,
    'secrets/wechat': secrets.wechat,
    'secrets/sign': secrets.sign,
    'mappings/hotline_in.yaml': inbound('hotline_in', `  key: [orderKey]
  sourceid: caseguid
  revision: {from: rev, text: true}
  priority: {from: focus, cases: {特急: high}, default: normal}`,
    `  orderNo: caseguid
${common('rqstcontent', '{from: rqsttitle, required: true}')}
  createdTime: {from: rqsttime, time: auto}`),
    'mappings/hook_in.yaml': inbound('hook_in', `  key: [thing]
  sourceid: uid
  revision: {from: rev, text: true}`,
    `  orderNo: uid
${common('content', '{from: title, required: true}')}
  createdTime: {from: at, time: auto}`),
    'mappings/ledger_in.yaml': inbound('ledger_in', `  key: [台账编号]
  sourceid: 流水号
  revision: {from: 版本, text: true}`,
    `  orderNo: 流水号
${common('内容', '{from: 标题, required: true}')}
  createdTime: {from: 时间, time: auto}
`),
    'mappings/wechat_in.yaml': inbound('wechat_in', `  key: [FromUserName]
  sourceid: MsgId
  time: {from: CreateTime, time: epoch_s}`,
    `  orderNo: MsgId
${common('Content', 'FromUserName')}
  createdTime: {from: CreateTime, time: epoch_s}`),
    'mappings/thing_out.yaml': `mapping: thing_out
direction: outbound
type: work_order
fields:
  record: id
  uid: data.orderNo
  title: data.title
  content: data.content
`,
    'peers/hotline.yaml': `adapter: hotline12345
auth: {kind: token, tokens: ["\${file:secrets/push}"]}
inbound: {mappings: [hotline_in]}
`,
    'peers/hook.yaml': `adapter: webhook
auth: {kind: token, tokens: ["\${file:secrets/push}"]}
inbound: {mappings: [hook_in]}
`,
    'peers/wechat.yaml': `adapter: wechat_push
settings: {token: "\${file:secrets/wechat}", max_skew: 0s}
auth: {kind: adapter}
inbound: {mappings: [wechat_in]}
`,
    'peers/ledger.yaml': `adapter: file_drop
settings:
  folder: ${drop}
  settle_time: ${settle}
  batch: 20
inbound: {mappings: [ledger_in], poll_every: ${poll}}
`,
    'peers/alpha.yaml': sink('one by one', `  url: http://127.0.0.1:${ports.alpha}/things
  code_field: code
  retry_codes: ["-1"]
  receipt_field: data.id`),
    'peers/beta.yaml': sink('in batches', `  url: http://127.0.0.1:${ports.beta}/things
  batch: 8
  code_field: code
  retry_codes: ["-1"]
  receipt_field: data.id`),
    'peers/gamma.yaml': `adapter: data_exchange
settings:
  url: http://127.0.0.1:${ports.gamma}
  scheme: client-id
  id: oracle
  secret: \${file:secrets/sign}
  send_path: /things
outbound:
  mappings: [thing_out]
  deadline: 3s
  breaker: {failures: 5, rest: 500ms}
`,
    'peers/office.yaml': `adapter: file_drop
settings:
  output_folder: ${out}
  output_batch: 20
outbound:
  mappings: [thing_out]
  deadline: 3s
  breaker: {failures: 5, rest: 500ms}
`,
  };
  if (poison) {
    files['peers/stumbler.yaml'] = `adapter: stumbles
outbound:
  mappings: [thing_out]
  deadline: 2s
  breaker: {failures: 5, rest: 500ms}
`;
  }
  return files;
}

export const dialects = {
  webhook: { ok: { code: '0' }, error: { code: '-1', message: 'busy' }, rejection: { code: '422', message: 'not ours' } },
  exchange: { ok: { code: '200', message: '' }, error: { code: '500', message: 'busy' }, rejection: { code: '422', message: 'not ours' } },
};
