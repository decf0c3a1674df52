#!lua flags=allow-oom
-- settle: what became of leases, for one group. Only who shows the lease's token is heard: a late, repeated or outdated
-- settlement changes nothing.
-- KEYS[1] the prefix. ARGV: now ms, life of delivered ms, then 9 each:
--   kind peer id key token attempt x y z   where kind and x y z are
--   d receipt - -   delivered          r due-ms code detail   try again at that time
--   b exception-id code detail  buried u - - -  returned unattempted    l - - -  lapsed, not in flight
--   x exception-id code detail  lapsed in flight: a strike (also of a lease that is gone by now); the third buries
-- Returns the peers that have something new to lease, and the numbers of the settlements that were not heard.
-- The leases go last: where Redis refuses a write in between, they stay, lapse, and what is half done is finished.
local P, now, keep = KEYS[1] .. ':', ARGV[1], ARGV[2]
local call, by, awake = redis.call, {}, {}
local mostStrikes, mostLines = 3, 16
local WORDS, PEER, ID, KEY, TOKEN, ATTEMPT, X, CODE, DETAIL = 9, 1, 2, 3, 4, 5, 6, 7, 8

local function wake(who)
  awake[#awake + 1] = who
end

-- `r` of a record: its state with this peer, key, open destinations, exceptions, for how long it is held, lane.
local function stateOf(peer, rec)
  return call('HMGET', rec, 'd:' .. peer, 'k', 'o', 'x', 'u', 'p')
end

-- How it ended is one write of the record. All else follows from that: finish() makes up for what was cut off.
local function close(peer, rec, r, text, buried)
  local set = { 'd:' .. peer, text }
  if r[3] then
    r[3] = r[3] - 1
    set[#set + 1] = 'o'
    set[#set + 1] = r[3]
  end
  if buried then
    r[4] = (r[4] or 0) + 1
    set[#set + 1] = 'x'
    set[#set + 1] = r[4]
  end
  call('HSET', rec, unpack(set))
end

-- A record goes some time after its last delivery; one with an exception stays until that is dropped.
local function expire(rec, r)
  if tonumber(r[3] or 0) <= 0 and tonumber(r[4] or 0) <= 0 then
    call('PEXPIRE', rec, math.max(keep, tonumber(r[5] or 0)))
  end
end

local function setAside(peer, id, rec, exc, code, detail)
  local r, size = call('HMGET', rec, 's', 't'), #detail
  for _, field in ipairs({ 'e', 'b', 'v' }) do size = size + call('HSTRLEN', rec, field) end
  call('HSET', P .. 'exc:' .. exc, 'peer', peer, 'in', 0, 'code', code, 'at', now, 'detail', detail,
       'record', id, 'origin', (r[1] or '') .. ' ' .. (r[2] or ''), 'size', size)
  local entry = exc .. ' ' .. peer .. ' ' .. code
  if call('ZSCORE', P .. 'excs', entry) then return end
  call('HINCRBY', P .. 'excn', peer .. ' ' .. code, 1)
  call('ZADD', P .. 'excs', 0, entry)
  call('HINCRBY', P .. 'share', peer .. ' dn', 1)
  call('HINCRBY', P .. 'share', peer .. ' db', size)
end

local function bury(peer, id, rec, r, exc, attempt, code, detail)
  close(peer, rec, r, 'b ' .. now .. ' ' .. attempt .. ' ' .. exc, true)
  setAside(peer, id, rec, exc, code, detail)
end

local function remember(peer, rec, code, detail)
  local h = call('HGET', rec, 'h:' .. peer)
  h = (h and h .. '\n' or '') .. now .. ' ' .. code .. ' ' .. string.gsub(detail, '\n', ' ')
  local _, breaks = string.gsub(h, '\n', '\n')
  if breaks >= mostLines then h = string.sub(h, string.find(h, '\n', 1, true) + 1) end
  call('HSET', rec, 'h:' .. peer, h)
end

-- How many strikes it has now: "number fence", so that each lease gives one at most.
local function strike(peer, rec, token, code, detail)
  local r = call('HMGET', rec, 'x:' .. peer, 'd:' .. peer, 'k')
  local fence = string.match(token, '^%d+')
  local n, last = string.match(r[1] or '', '^(%d+) (%d+)$')
  n = tonumber(n or 0)
  local state = string.sub(r[2] or 'w', 1, 1)
  if not fence or not r[3] or state == 'd' or state == 'b' then return 0 end
  if last and tonumber(fence) <= tonumber(last) then return n end
  call('HSET', rec, 'x:' .. peer, (n + 1) .. ' ' .. fence)
  remember(peer, rec, code, detail .. ' (strike ' .. (n + 1) .. ' of ' .. mostStrikes .. ')')
  return n + 1
end

-- What heads the lines of closed deliveries. The record's own key counts: where another was given, `keys` is mended.
local function headsOf(busy, closed, keys)
  local heads = call('HMGET', busy, unpack(keys))
  for j, id in ipairs(closed) do
    if string.sub(heads[j] or '', 2) ~= id then
      local own = call('HGET', P .. 'rec:' .. id, 'k')
      if own and own ~= keys[j] then
        keys[j] = own
        heads[j] = call('HGET', busy, own)
      end
    end
  end
  return heads
end

-- The next of a closed delivery's key, which the line still holds. What moved up and was cut off before it left the
-- line leaves it first.
local function nextIn(line, id)
  local next = call('LRANGE', line, 0, 2)
  if next[1] and string.sub(next[1], 2) == id then
    call('LPOP', line)
    table.remove(next, 1)
  end
  return next[1], next[2] ~= nil
end

-- The next of each closed delivery's key comes up; a lifted line ("!") stays in the high lane.
local function moveUp(peer, closed, keys)
  local busy, free, heirs, left, lanes = P .. 'busy:' .. peer, {}, {}, {}, { n = {}, h = {} }
  local heads = headsOf(busy, closed, keys)
  for j, id in ipairs(closed) do
    local head = heads[j] or ''
    local flag, key = string.sub(head, 1, 1), keys[j]
    if string.sub(head, 2) == id then
      local line, next, more = P .. 'wait:' .. peer .. ':' .. key, nil, false
      if flag ~= '.' then next, more = nextIn(line, id) end
      if next then
        local heir, lane = string.sub(next, 2), flag == '!' and 'h' or string.sub(next, 1, 1)
        if not more then flag = '+' end  -- it leaves the line only below, where it may be found again
        heirs[#heirs + 1] = key
        heirs[#heirs + 1] = flag .. heir
        left[#left + 1] = line
        table.insert(lanes[lane], heir)
      else
        free[#free + 1] = key
      end
    end
  end
  if #free > 0 then call('HDEL', busy, unpack(free)) end
  if #heirs > 0 then
    call('HSET', busy, unpack(heirs))
    wake(peer)
  end
  for _, line in ipairs(left) do call('LPOP', line) end
  for lane, ids in pairs(lanes) do
    if #ids > 0 then call('RPUSH', P .. 'ready:' .. peer .. ':' .. lane, unpack(ids)) end
  end
  call('ZREM', P .. 'open:' .. peer, unpack(closed))
end

local function giveBack(peer, id, r)
  if string.sub(r[1] or '', 1, 1) == 'r' then
    call('ZADD', P .. 'due:' .. peer, 0, id)
  elseif r[2] then
    local high = string.sub(call('HGET', P .. 'busy:' .. peer, r[2]) or '', 1, 1) == '!'
    call('LPUSH', P .. 'ready:' .. peer .. ':' .. (high and 'h' or r[6]), id)
  end
end

local function noteReceipt(t, receipt, id)
  if receipt == '' then return end
  local m = #t.receipts
  t.receipts[m + 1], t.receipts[m + 2] = receipt, id
end

-- It had ended before, and Redis cut off what follows from that. Its code is that of its last failed attempt.
local function finish(peer, t, id, rec, r)
  local state, receipt = string.match(r[1], '^(%a) %d+ %d+ ?(.*)$')
  if state == 'd' then noteReceipt(t, receipt, id) end
  if state == 'b' and tonumber(r[4] or 0) > 0 and call('EXISTS', P .. 'was:' .. receipt) == 0 then
    local code, detail = string.match(call('HGET', rec, 'h:' .. peer) or '', '%d+ (%S+) ([^\n]*)$')
    setAside(peer, id, rec, receipt, code or 'deliver.strikes', detail or '')
  end
  expire(rec, r)
  return state
end

-- While changes are held back (accept: counters) a record may be kept longer than others: then each is read.
local anyHeld
local function isAnyHeld()
  if anyHeld == nil then anyHeld = call('EXISTS', P .. 'held') == 1 end
  return anyHeld
end

-- Delivered at the first attempt, to one peer alone: nothing of the record need be known. False: something has happened
-- to it before.
local function deliverPlainly(peer, t, i)
  if isAnyHeld() then return false end
  local id, receipt = ARGV[i + ID], ARGV[i + X]
  local rec = P .. 'rec:' .. id
  if call('HSETNX', rec, 'd:' .. peer, 'd ' .. now .. ' ' .. ARGV[i + ATTEMPT] .. ' ' .. receipt) == 0 then return false end
  noteReceipt(t, receipt, id)
  call('PEXPIRE', rec, keep)
  return true
end

-- Settles one that is heard. Returns as what it counts, whether it ended, and its key.
local function settle(peer, t, i)
  local kind, id, token, attempt = ARGV[i], ARGV[i + ID], ARGV[i + TOKEN], ARGV[i + ATTEMPT]
  local x, code, detail, rec = ARGV[i + X], ARGV[i + CODE], ARGV[i + DETAIL], P .. 'rec:' .. id
  local r = stateOf(peer, rec)
  local state, key = string.sub(r[1] or '', 1, 1), r[2] or ARGV[i + KEY]
  if state == 'd' or state == 'b' then return finish(peer, t, id, rec, r), true, key end
  if kind == 'd' then
    close(peer, rec, r, 'd ' .. now .. ' ' .. attempt .. ' ' .. x, false)
    noteReceipt(t, x, id)
    expire(rec, r)
    return kind, true, key
  end
  if kind == 'r' then
    remember(peer, rec, code, detail)
    call('HSET', rec, 'd:' .. peer, 'r ' .. now .. ' ' .. attempt .. ' ' .. x)
    call('ZADD', P .. 'due:' .. peer, x, id)
    return kind, false
  end
  if kind == 'b' then
    remember(peer, rec, code, detail)
    bury(peer, id, rec, r, x, attempt, code, detail)
    return kind, true, key
  end
  if kind == 'x' and strike(peer, rec, token, code, detail) >= mostStrikes then
    bury(peer, id, rec, r, x, string.match(r[1] or '', '^%a %d+ (%d+)') or 0, code, detail)
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
  for _, other in ipairs(call('SMEMBERS', P .. 'peers')) do wake(other) end
end

local function hear(peer, t, i)
  local id, flags = ARGV[i + ID], string.match(ARGV[i + TOKEN], ' (%a+)$') or ''
  local kind, ends, key = 'd', true, ARGV[i + KEY]
  t.done[#t.done + 1] = id
  if ARGV[i] ~= 'd' or flags ~= '' or not deliverPlainly(peer, t, i) then kind, ends, key = settle(peer, t, i) end
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
for i = 3, #ARGV, WORDS do
  local peer = ARGV[i + PEER]
  local t = by[peer]
  if not t then
    t = { at = {}, ids = {}, done = {}, closed = {}, keys = {}, receipts = {},
          n = { d = 0, b = 0, r = 0, l = 0, u = 0, x = 0 } }
    by[peer] = t
  end
  t.at[#t.at + 1] = i
  t.ids[#t.ids + 1] = ARGV[i + ID]
end

for peer, t in pairs(by) do
  -- 2. Who shows the token is heard.
  local held, seen = call('HMGET', P .. 'leases:' .. peer, unpack(t.ids)), {}
  for j, i in ipairs(t.at) do
    local id, token = t.ids[j], ARGV[i + TOKEN]
    if held[j] == token and not seen[id] then
      seen[id] = true
      hear(peer, t, i)
    else
      if ARGV[i] == 'x' then strike(peer, P .. 'rec:' .. id, token, ARGV[i + CODE], ARGV[i + DETAIL]) end
      wake((i + WORDS - 3) / WORDS)
    end
  end
  -- 3. What follows: receipts lead to records, the next of each key comes up.
  if #t.receipts > 0 then
    local bucket = P .. 'rcpt:' .. peer .. ':' .. math.floor(now / 86400000)
    call('HSET', bucket, unpack(t.receipts))
    call('PEXPIRE', bucket, keep + 86400000)
  end
  if #t.closed > 0 then moveUp(peer, t.closed, t.keys) end
  tally(peer, t.n, #t.at - #t.done)
  -- 4. The leases.
  if #t.done > 0 then call('HDEL', P .. 'leases:' .. peer, unpack(t.done)) end
end
return awake
