#!lua
-- accept: one group of entries becomes durable: recognise what came before, store, owe, line up.
-- KEYS[1] the hash-tagged prefix. ARGV: now ms, ledger's life ms, then entries, each led by its kind:
--   r id peer sourceid revision fingerprint key type lane destinations event body evidence
--   s … as r, then: step moves      a step in the life of its key; moves = ";from>to;…" of states
--   R S … as r and s, of what was answered already: the id of a repetition leads to the first
--   q id peer sourceid origin problems code body evidence
--   c peer cursor token       stored only while that token holds the right to poll ("" = whoever does)
-- Returns what was not plainly accepted, flat: entry number, then "d" duplicate and the first id, "q" quarantined
-- before and the exception's id, "x" conflict or "l" a step that cannot follow, and: that exception's id where the
-- same was set aside before, a line end, the first id or why.
-- An entry whose id is there already (sent again after a lost answer) counts as accepted, once.
local P, now, life = KEYS[1] .. ':', ARGV[1], ARGV[2]
local call, verdicts, owed, counts, peers = redis.call, {}, {}, {}, {}

local function count(peer, what)
  local c = counts[peer]
  if not c then c = {} counts[peer] = c peers[#peers + 1] = peer end
  c[what] = (c[what] or 0) + 1
end

-- The same bytes of the same sender, refused for the same cause, are the same exception, which counts them.
-- Returns its id where it was there before.
local function quarantine(id, peer, sourceId, origin, problems, code, body, evidence)
  local exc, same = P .. 'exc:' .. id, P .. 'same:' .. peer
  if call('EXISTS', exc) == 1 then return end
  count(peer, 'quarantined')
  local print = redis.sha1hex(code .. '\n' .. sourceId .. '\n' .. #body .. '\n' .. body .. evidence)
  local first = call('HGET', same, print)
  if first and call('EXISTS', P .. 'exc:' .. first) == 1 then
    call('HINCRBY', P .. 'exc:' .. first, 'seen', 1)
    call('HSET', P .. 'exc:' .. first, 'last', now)
    return first
  end
  call('HSET', same, print, id)
  call('HSET', exc, 'peer', peer, 'print', print, 'seen', 1, 'in', 1, 'code', code, 'at', now, 'source', sourceId,
       'origin', origin, 'detail', problems, 'body', body, 'evidence', evidence)
  call('ZADD', P .. 'excs', 0, id .. ' ' .. peer .. ' ' .. code)
  call('HINCRBY', P .. 'excn', peer .. ' ' .. code, 1)
end

-- Moves the key's life on; else says why not.
local function outOfLife(key, step, moves)
  local now_at = call('GET', P .. 'life:' .. key) or ''
  local _, at = string.find(moves, ';' .. now_at .. '>', 1, true)
  if not at then
    return 'step ' .. step .. ' cannot follow on ' .. string.match(now_at, '[^,]*') .. ', where this order stands'
  end
  call('SET', P .. 'life:' .. key, string.match(moves, '[^;]*', at + 1), 'PX', life)
end

local function record(n, answered, id, peer, sourceId, revision, print, key, type, lane, to, event, body, evidence, step, moves)
  local ledger = P .. 'dup:' .. peer .. ':' .. (sourceId ~= '' and sourceId or '#' .. print)
  local field = revision ~= '' and 'r:' .. revision or 'c:' .. print
  if call('HSETNX', ledger, field, id .. ' ' .. print) == 0 then
    local first, same = string.match(call('HGET', ledger, field), '^(%S*) (.*)$')
    if first == id then return end
    if same == print then
      if answered then call('SET', P .. 'was:' .. id, first, 'PX', life) end
      verdicts[#verdicts + 1] = n verdicts[#verdicts + 1] = 'd' verdicts[#verdicts + 1] = first
      return count(peer, 'duplicates')
    end
    local known = quarantine(id, peer, sourceId, '', '[{"code":"deduplicate.conflict","path":"/revision",' ..
      '"message":"this revision came before with other content, as record ' .. first .. '"}]',
      'deduplicate.conflict', body, evidence)
    verdicts[#verdicts + 1] = n verdicts[#verdicts + 1] = 'x'
    verdicts[#verdicts + 1] = (known or '') .. '\n' .. first
    return
  end
  local why = step and outOfLife(key, step, moves)
  if why then
    call('HDEL', ledger, field)  -- so that a replay is no duplicate of what was never accepted
    local known = quarantine(id, peer, sourceId, '', '[{"code":"validate.life_cycle","path":"/data/step","message":"' ..
      why .. '"}]', 'validate.life_cycle', body, evidence)
    verdicts[#verdicts + 1] = n verdicts[#verdicts + 1] = 'l' verdicts[#verdicts + 1] = (known or '') .. '\n' .. why
    return
  end
  call('PEXPIRE', ledger, life)
  count(peer, 'accepted')
  local n_to = 0
  for peerTo in string.gmatch(to, '%S+') do
    local o = owed[peerTo]
    if not o then o = { ids = {}, keys = {}, lanes = {} } owed[peerTo] = o peers[#peers + 1] = peerTo end
    local m = #o.ids + 1
    o.ids[m], o.keys[m], o.lanes[m] = id, key, lane
    n_to = n_to + 1
  end
  local rec = P .. 'rec:' .. id
  if n_to == 1 and evidence == '' then
    call('HSET', rec, 'k', key, 't', type, 'p', lane, 'a', now, 's', peer, 'to', to, 'e', event, 'b', body)
    return
  end
  call('HSET', rec, 'k', key, 't', type, 'p', lane, 'a', now, 's', peer, 'to', to, 'e', event, 'b', body,
       'v', evidence)
  if n_to > 1 then call('HSET', rec, 'o', n_to) end
  if n_to == 0 then call('PEXPIRE', rec, life) end
end

-- One delivery per key at a time: the first takes the key and gets a hint in its lane, the others
-- wait behind it. A high one behind the head lifts the whole line into the high lane.
local function lineUp(peer, o)
  local line, changed, lanes, open = {}, {}, { n = {}, h = {} }, {}
  local heads = call('HMGET', P .. 'busy:' .. peer, unpack(o.keys))
  for j, id in ipairs(o.ids) do
    local key, lane = o.keys[j], o.lanes[j]
    local head = line[key] or heads[j]
    open[#open + 1] = now open[#open + 1] = id
    if not head then
      line[key] = '.' .. id
      table.insert(lanes[lane], id)
    else
      call('RPUSH', P .. 'wait:' .. peer .. ':' .. key, lane .. id)
      if lane == 'h' and string.sub(head, 1, 1) ~= '!' then
        line[key] = '!' .. string.sub(head, 2)
        table.insert(lanes.h, string.sub(head, 2))
      elseif string.sub(head, 1, 1) == '.' then
        line[key] = '+' .. string.sub(head, 2)
      end
    end
  end
  for key, head in pairs(line) do changed[#changed + 1] = key changed[#changed + 1] = head end
  if #changed > 0 then call('HSET', P .. 'busy:' .. peer, unpack(changed)) end
  call('ZADD', P .. 'open:' .. peer, unpack(open))
  for lane, ids in pairs(lanes) do
    if #ids > 0 then call('RPUSH', P .. 'ready:' .. peer .. ':' .. lane, unpack(ids)) end
  end
  call('HINCRBY', P .. 'count:' .. peer, 'owed', #o.ids)
end

local i, n = 3, 0
while i <= #ARGV do
  local kind = ARGV[i]
  if kind == 'r' or kind == 'R' then
    n = n + 1
    record(n, kind == 'R', unpack(ARGV, i + 1, i + 12))
    i = i + 13
  elseif kind == 's' or kind == 'S' then
    n = n + 1
    record(n, kind == 'S', unpack(ARGV, i + 1, i + 14))
    i = i + 15
  elseif kind == 'q' then
    n = n + 1
    local known = quarantine(unpack(ARGV, i + 1, i + 8))
    if known then verdicts[#verdicts + 1] = n verdicts[#verdicts + 1] = 'q' verdicts[#verdicts + 1] = known end
    i = i + 9
  else
    local token = ARGV[i + 3]
    if token == '' or call('HGET', P .. 'pollers', ARGV[i + 1]) == token then
      call('SET', P .. 'cursor:' .. ARGV[i + 1], ARGV[i + 2])
    end
    i = i + 4
  end
end
for peer, o in pairs(owed) do lineUp(peer, o) end
for peer, c in pairs(counts) do
  for what, by in pairs(c) do call('HINCRBY', P .. 'count:' .. peer, what, by) end
end
if #peers > 0 then call('SADD', P .. 'peers', unpack(peers)) end
return verdicts
