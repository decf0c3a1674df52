#!lua flags=allow-oom
-- settle: what became of leases, for one group. Only who shows the lease's token is heard: a late,
-- repeated or outdated settlement changes nothing.
-- KEYS[1] the prefix. ARGV: now ms, life of delivered ms, the journal's mark, then 10 each:
--   kind peer id key token attempt x code detail told   where kind and x code detail told are
--   d receipt reference x digest  delivered; reference: the peer's own id of the thing, where it
--                               is kept ("" else); x: "<exception-id> <life of references, ms>";
--                               digest of what was sent ("" = not known)
--   r due-ms code detail answer try again at that time; what the peer answered ("" = not known)
--   b exception-id code detail answer  buried
--   u - - - -                   returned unattempted
--   l - - - -                   lapsed, not in flight
--   x exception-id code detail -  lapsed in flight: a strike (also of a lease that is gone by now);
--                               the third buries
-- Returns the peers that have something new to lease, and the numbers of the settlements that were
-- not heard.
-- The leases go last: where Redis refuses a write in between, they stay, lapse, and what is half
-- done is finished.
local P, now, keep, mark = KEYS[1] .. ':', ARGV[1], ARGV[2], ARGV[3]
local SETTLEMENTS = 4  -- where they begin
local WORDS, PEER, ID, KEY, TOKEN, ATTEMPT, X, CODE, DETAIL, TOLD = 10, 1, 2, 3, 4, 5, 6, 7, 8, 9
local call = redis.call
local mostStrikes, day = 3, 86400000
local LACKING = 'normalize.unknown_reference'
local byPeer = {}  -- what comes for each
local awake = {}   -- what is returned

local function wake(who)
  awake[#awake + 1] = who
end

-- include arrivals
-- include journal
-- include signs
-- include attempts

-- `r` of a record, with this peer: state (as stored, false before the first attempt), key, open
-- destinations, exceptions, for how long it is held, lane.
local function stateOf(peer, rec)
  local r = {}
  r.state, r.key, r.open, r.exceptions, r.held, r.lane =
    unpack(call('HMGET', rec, 'd:' .. peer, 'k', 'o', 'x', 'u', 'p'))
  return r
end

-- How it ended is one write of the record. All else follows from that: finish() makes up for what
-- was cut off.
local function close(peer, rec, r, text, buried)
  local set = { 'd:' .. peer, text }
  if r.open then
    r.open = r.open - 1
    set[#set + 1] = 'o'
    set[#set + 1] = r.open
  end
  if buried then
    r.exceptions = (r.exceptions or 0) + 1
    set[#set + 1] = 'x'
    set[#set + 1] = r.exceptions
  end
  call('HSET', rec, unpack(set))
end

-- A record goes some time after its last delivery; one with an exception stays until that is
-- dropped.
local function expire(rec, r)
  if tonumber(r.open or 0) <= 0 and tonumber(r.exceptions or 0) <= 0 then
    call('PEXPIRE', rec, math.max(keep, tonumber(r.held or 0)))
  end
end

-- The exception of a delivery, once.
local function makeException(peer, id, rec, exc, code, detail)
  local source, kind = unpack(call('HMGET', rec, 's', 't'))
  local size = #detail
  for _, field in ipairs({ 'e', 'b', 'v' }) do
    size = size + call('HSTRLEN', rec, field)
  end
  local origin = (source or '') .. ' ' .. (kind or '')
  call('HSET', P .. 'exc:' .. exc, 'peer', peer, 'in', 0, 'code', code, 'at', now,
       'detail', detail, 'record', id, 'origin', origin, 'size', size)
  local entry = exc .. ' ' .. peer .. ' ' .. code
  if call('ZSCORE', P .. 'excs', entry) then return end
  call('ZADD', P .. 'excs', 0, entry)
  call('HINCRBY', P .. 'excn', peer .. ' ' .. code, 1)
  call('HINCRBY', P .. 'share', peer .. ' dn', 1)
  call('HINCRBY', P .. 'share', peer .. ' db', size)
end

local function bury(peer, id, rec, r, exc, attempt, code, detail)
  close(peer, rec, r, 'b ' .. now .. ' ' .. attempt .. ' ' .. exc, true)
  makeException(peer, id, rec, exc, code, detail)
  noteAttempt('b', peer, id, attempt, exc .. ' ' .. code .. ' ' .. detail)
end

-- include remembered

-- Writes a line into the history of its attempts.
local function remember(peer, rec, code, detail)
  local field = 'h:' .. peer
  call('HSET', rec, field, remembered(call('HGET', rec, field), now, code, detail))
end

-- How many strikes it has now: "number fence", so that each lease gives one at most.
local function strike(peer, id, token, code, detail)
  local rec = P .. 'rec:' .. id
  local strikes, state, key = unpack(call('HMGET', rec, 'x:' .. peer, 'd:' .. peer, 'k'))
  local fence = string.match(token, '^%d+')
  local n, last = string.match(strikes or '', '^(%d+) (%d+)$')
  n = tonumber(n or 0)
  local attempts = string.match(state or '', '^%a %d+ (%d+)') or 0
  state = string.sub(state or 'w', 1, 1)
  if not fence or not key or state == 'd' or state == 'b' then return 0 end
  if last and tonumber(fence) <= tonumber(last) then return n end
  call('HSET', rec, 'x:' .. peer, (n + 1) .. ' ' .. fence)
  detail = detail .. ' (strike ' .. (n + 1) .. ' of ' .. mostStrikes .. ')'
  remember(peer, rec, code, detail)
  noteAttempt('x', peer, id, attempts + 1, code .. ' ' .. detail)
  return n + 1
end

-- include move_up

-- It was not attempted: it waits where it did, first of all.
local function giveBack(peer, id, r)
  if string.sub(r.state or '', 1, 1) == 'r' then
    call('ZADD', P .. 'due:' .. peer, 0, id)
  elseif r.key then
    local head = call('HGET', P .. 'busy:' .. peer, r.key) or ''
    local lifted = string.sub(head, 1, 1) == '!'
    call('LPUSH', P .. 'ready:' .. peer .. ':' .. (lifted and 'h' or r.lane), id)
  end
end

local function noteReceipt(t, receipt, id)
  if receipt == '' then return end
  local m = #t.receipts
  t.receipts[m + 1], t.receipts[m + 2] = receipt, id
end

-- It had ended before, and Redis cut off what follows from that. Its code is that of its last
-- failed attempt. `told`: the receipt, or the exception's id.
local function finish(peer, t, id, rec, r)
  local state, attempt, told = string.match(r.state, '^(%a) %d+ (%d+) ?(.*)$')
  if state == 'd' then
    noteReceipt(t, told, id)
    noteDelivered(peer, id, attempt, '', told)
  end
  local buried = state == 'b' and tonumber(r.exceptions or 0) > 0
  if buried and call('EXISTS', P .. 'was:' .. told) == 0 then
    local history = call('HGET', rec, 'h:' .. peer) or ''
    local code, detail = string.match(history, '%d+ (%S+) ([^\n]*)$')
    code, detail = code or 'deliver.strikes', detail or ''
    makeException(peer, id, rec, told, code, detail)
    noteAttempt('b', peer, id, attempt, told .. ' ' .. code .. ' ' .. detail)
  end
  expire(rec, r)
  return state
end

-- While changes are held back (accept: counters) a record may be kept longer than others: then each
-- is read.
local anyHeld
local function isAnyHeld()
  if anyHeld == nil then anyHeld = call('EXISTS', P .. 'held') == 1 end
  return anyHeld
end

-- Delivered at the first attempt, to one peer alone: nothing of the record need be known. False:
-- something has happened to it before.
local function deliverPlainly(peer, t, i)
  if isAnyHeld() then return false end
  local id, attempt, receipt = ARGV[i + ID], ARGV[i + ATTEMPT], ARGV[i + X]
  local rec = P .. 'rec:' .. id
  local text = 'd ' .. now .. ' ' .. attempt .. ' ' .. receipt
  if call('HSETNX', rec, 'd:' .. peer, text) == 0 then return false end
  noteReceipt(t, receipt, id)
  noteDelivered(peer, id, attempt, ARGV[i + TOLD], receipt)
  call('PEXPIRE', rec, keep)
  return true
end

-- include confirm

-- Settles one that is heard. `taken`: why it is buried though it is delivered. Returns as what it
-- counts, whether it ended, and its key.
local function settle(peer, t, i, taken)
  local kind, id, token, attempt = ARGV[i], ARGV[i + ID], ARGV[i + TOKEN], ARGV[i + ATTEMPT]
  local x, code, detail, told = ARGV[i + X], ARGV[i + CODE], ARGV[i + DETAIL], ARGV[i + TOLD]
  local rec = P .. 'rec:' .. id
  local r = stateOf(peer, rec)
  local key = r.key or ARGV[i + KEY]

  -- What was settled by halves.
  local state = string.sub(r.state or '', 1, 1)
  if state == 'd' or state == 'b' then return finish(peer, t, id, rec, r), true, key end

  -- An outcome.
  if taken then
    kind, x = 'b', string.match(detail, '^%S+')
    code, detail, told = 'deliver.receipt_taken', taken, ''
  end
  if kind == 'd' then
    close(peer, rec, r, 'd ' .. now .. ' ' .. attempt .. ' ' .. x, false)
    noteReceipt(t, x, id)
    noteDelivered(peer, id, attempt, told, x)
    expire(rec, r)
    return kind, true, key
  end
  if kind == 'r' then
    local before = string.match(r.state or '', '^r %d+ (%d+) ')
    if before ~= attempt then remember(peer, rec, code, detail) end
    call('HSET', rec, 'd:' .. peer, 'r ' .. now .. ' ' .. attempt .. ' ' .. x)
    call('ZADD', P .. 'due:' .. peer, x, id)
    noteAttempt('r', peer, id, attempt, code .. ' ' .. detail)
    noteAnswer(peer, id, attempt, told)
    -- What it lacks may have come since it was looked for (lack).
    if code == LACKING and call('EXISTS', P .. 'lacks:' .. peer .. ':' .. key) == 0 then
      call('ZADD', P .. 'due:' .. peer, 0, id)
      wake(peer)
    end
    return kind, false
  end
  if kind == 'b' then
    remember(peer, rec, code, detail)
    bury(peer, id, rec, r, x, attempt, code, detail)
    noteAnswer(peer, id, attempt, told)
    return kind, true, key
  end

  -- None: it goes back, unless it has too many strikes.
  if kind == 'x' and strike(peer, id, token, code, detail) >= mostStrikes then
    local attempts = string.match(r.state or '', '^%a %d+ (%d+)') or 0
    bury(peer, id, rec, r, x, attempts, code, detail)
    wake(peer)
    return 'b', true, key
  end
  giveBack(peer, id, r)
  wake(peer)
  return kind, false
end

-- A suspect was out, and is not any more: others may go. An outcome clears its strikes.
local function clear(peer, i, kind)
  local id = ARGV[i + ID]
  if kind == 'd' or kind == 'r' then call('HDEL', P .. 'rec:' .. id, 'x:' .. peer) end
  wake(peer)
  if call('GET', P .. 'suspect') ~= peer .. ' ' .. id .. ' ' .. ARGV[i + TOKEN] then return end
  call('DEL', P .. 'suspect')
  for _, other in ipairs(call('SMEMBERS', P .. 'peers')) do
    wake(other)
  end
end

-- One that shows its lease's token. Behind the token stand flags: "m" of several destinations, "s"
-- a suspect.
local function hear(peer, t, i)
  local id, flags = ARGV[i + ID], string.match(ARGV[i + TOKEN], ' (%a+)$') or ''
  local kind, ends, key = 'd', true, ARGV[i + KEY]
  t.done[#t.done + 1] = id
  local isDelivered, taken = ARGV[i] == 'd', nil
  if isDelivered and ARGV[i + CODE] ~= '' then taken = refer(peer, i) end
  local plain = isDelivered and flags == '' and not taken and deliverPlainly(peer, t, i)
  if not plain then
    kind, ends, key = settle(peer, t, i, taken)
  end
  t.n[kind] = t.n[kind] + 1
  if ends then
    t.closed[#t.closed + 1] = id
    t.keys[#t.keys + 1] = key
  end
  if string.find(flags, 's', 1, true) then clear(peer, i, kind) end
end

local function tally(peer, n, unheard)
  local counts = P .. 'count:' .. peer
  if n.d > 0 then call('HINCRBY', counts, 'delivered', n.d) end
  if n.b > 0 then call('HINCRBY', counts, 'buried', n.b) end
  if n.r + n.b > 0 then call('HINCRBY', counts, 'attempts', n.r + n.b) end
  if n.l + n.x > 0 then call('HINCRBY', counts, 'lapsed', n.l + n.x) end
  if unheard > 0 then call('HINCRBY', counts, 'unheard', unheard) end
end

-- 1. What comes for each peer.
for i = SETTLEMENTS, #ARGV, WORDS do
  local peer = ARGV[i + PEER]
  local t = byPeer[peer]
  if not t then
    t = {
      at = {},        -- where the words of its settlements begin
      ids = {},       -- their ids
      done = {},      -- ids of those that are heard
      closed = {},    -- ids of those that ended
      keys = {},      -- the keys of those
      receipts = {},  -- receipt and id in turn
      n = { d = 0, b = 0, r = 0, l = 0, u = 0, x = 0 },  -- how many, by kind
    }
    byPeer[peer] = t
  end
  t.at[#t.at + 1] = i
  t.ids[#t.ids + 1] = ARGV[i + ID]
end

for peer, t in pairs(byPeer) do
  -- 2. Who shows the token is heard.
  local held, seen = call('HMGET', P .. 'leases:' .. peer, unpack(t.ids)), {}
  for j, i in ipairs(t.at) do
    local id, token = t.ids[j], ARGV[i + TOKEN]
    if held[j] == token and not seen[id] then
      seen[id] = true
      hear(peer, t, i)
    else
      if ARGV[i] == 'x' then
        strike(peer, id, token, ARGV[i + CODE], ARGV[i + DETAIL])
      end
      wake((i - SETTLEMENTS) / WORDS + 1)
    end
  end
  -- 3. What follows: receipts lead to records, the next of each key comes up.
  if #t.receipts > 0 then
    local bucket = P .. 'rcpt:' .. peer .. ':' .. math.floor(now / day)
    call('HSET', bucket, unpack(t.receipts))
    call('PEXPIRE', bucket, keep + day)
  end
  if #t.closed > 0 then moveUp(peer, t.closed, t.keys) end
end

for _, peer in ipairs(tellArrivals()) do
  wake(peer)
end

-- 4. What is told of all, before any lease goes: where one peer's key ends this, the others come
-- again and are told then.
writeJournal(mark, now)

-- 5. Figures, and the leases.
for peer, t in pairs(byPeer) do
  tally(peer, t.n, #t.at - #t.done)
  if t.n.d > 0 then sign('out', peer, now) end
  if #t.done > 0 then call('HDEL', P .. 'leases:' .. peer, unpack(t.done)) end
end
writeSigns()
return awake
