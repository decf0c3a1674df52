#!lua flags=allow-oom
-- settle: what became of leases, for one group. Only who shows the lease's token is heard: a late,
-- repeated or outdated settlement changes nothing.
-- KEYS[1] the prefix. ARGV: now ms, life of delivered ms, then 9 each:
--   kind peer id key token attempt x y z   where kind and x y z are
--   d receipt - -   delivered          r due-ms code detail   try again at that time
--   b exception-id code detail  buried u - - -  returned unattempted    l - - -  lapsed, not in flight
--   x exception-id code detail  lapsed in flight: a strike (also of a lease that is gone by now); the third buries
-- The record's own key counts; the one given is for records that are gone.
-- Returns the peers that have something new to lease, and the numbers of the settlements that were not heard.
-- The leases go last: where Redis refuses a write in between, they stay, lapse, and what is half done is finished.
local P, now, keep = KEYS[1] .. ':', ARGV[1], ARGV[2]
local call, by, awake, most = redis.call, {}, {}, 3

for i = 3, #ARGV, 9 do
  local peer = ARGV[i + 1]
  local t = by[peer]
  if not t then t = { at = {}, ids = {} } by[peer] = t end
  t.at[#t.at + 1] = i t.ids[#t.ids + 1] = ARGV[i + 2]
end

-- `r` of a record: its state with this peer, key, open destinations, exceptions, for how long it is held, lane.
-- `plainly`: it is delivered, to one peer alone. At the first attempt there is little to know.
local function read(peer, rec, plainly)
  if plainly then
    local r = call('HMGET', rec, 'd:' .. peer, 'k', 'u')
    if not r[1] then return { false, r[2], false, false, r[3] } end
  end
  return call('HMGET', rec, 'd:' .. peer, 'k', 'o', 'x', 'u', 'p')
end

-- How it ended is one write of the record. All else follows from that: finish() makes up for what was cut off.
local function close(peer, rec, r, text, buried)
  if not r[3] and not buried then return call('HSET', rec, 'd:' .. peer, text) end
  local fields = { 'd:' .. peer, text }
  if r[3] then r[3] = r[3] - 1 fields[3] = 'o' fields[4] = r[3] end
  if buried then r[4] = (r[4] or 0) + 1 fields[#fields + 1] = 'x' fields[#fields + 1] = r[4] end
  call('HSET', rec, unpack(fields))
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
  local _, lines = string.gsub(h, '\n', '\n')
  if lines >= 16 then h = string.sub(h, string.find(h, '\n', 1, true) + 1) end
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
  remember(peer, rec, code, detail .. ' (strike ' .. (n + 1) .. ' of ' .. most .. ')')
  return n + 1
end

-- The next of each closed delivery's key comes up; a lifted line ("!") stays in the high lane.
local function moveUp(peer, closed, keys)
  local busy = P .. 'busy:' .. peer
  local heads, free, heirs, left, lanes = call('HMGET', busy, unpack(keys)), {}, {}, {}, { n = {}, h = {} }
  for j, id in ipairs(closed) do
    local head = heads[j] or ''
    local flag, key = string.sub(head, 1, 1), keys[j]
    if string.sub(head, 2) == id then
      local line = P .. 'wait:' .. peer .. ':' .. key
      local next = flag ~= '.' and call('LRANGE', line, 0, 2) or {}
      if next[1] and string.sub(next[1], 2) == id then  -- it moved up, and was cut off before it left the line
        call('LPOP', line)
        table.remove(next, 1)
      end
      if next[1] then
        local heir, lane = string.sub(next[1], 2), flag == '!' and 'h' or string.sub(next[1], 1, 1)
        if not next[2] then flag = '+' end  -- it leaves the line only below, where it may be found again
        heirs[#heirs + 1] = key heirs[#heirs + 1] = flag .. heir
        left[#left + 1] = line
        table.insert(lanes[lane], heir)
      else
        free[#free + 1] = key
      end
    end
  end
  if #free > 0 then call('HDEL', busy, unpack(free)) end
  if #heirs > 0 then call('HSET', busy, unpack(heirs)) awake[#awake + 1] = peer end
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

-- It had ended before, and Redis cut off what follows from that. Its code is that of its last failed attempt.
local function finish(peer, id, rec, r, receipts)
  local state, receipt = string.match(r[1], '^(%a) %d+ %d+ ?(.*)$')
  if state == 'd' and receipt ~= '' then receipts[#receipts + 1] = receipt receipts[#receipts + 1] = id end
  if state == 'b' and tonumber(r[4] or 0) > 0 and call('EXISTS', P .. 'was:' .. receipt) == 0 then
    local code, detail = string.match(call('HGET', rec, 'h:' .. peer) or '', '%d+ (%S+) ([^\n]*)$')
    setAside(peer, id, rec, receipt, code or 'deliver.strikes', detail or '')
  end
  expire(rec, r)
  return state
end

for peer, t in pairs(by) do
  local held = call('HMGET', P .. 'leases:' .. peer, unpack(t.ids))
  local done, closed, keys, receipts, seen = {}, {}, {}, {}, {}
  local n = { d = 0, b = 0, r = 0, l = 0, u = 0, x = 0 }
  for j, i in ipairs(t.at) do
    local kind, id, key, token, attempt = ARGV[i], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
    local x, code, detail, rec, d = ARGV[i + 6], ARGV[i + 7], ARGV[i + 8], P .. 'rec:' .. id, 'd:' .. peer
    if held[j] == token and not seen[id] then
      seen[id] = true
      done[#done + 1] = id
      local flags, ends = string.match(token, ' (%a+)$') or '', true
      local r = read(peer, rec, kind == 'd' and flags == '')
      local state = string.sub(r[1] or '', 1, 1)
      if state == 'd' or state == 'b' then
        kind = finish(peer, id, rec, r, receipts)
      elseif kind == 'd' then
        close(peer, rec, r, 'd ' .. now .. ' ' .. attempt .. ' ' .. x, false)
        if x ~= '' then receipts[#receipts + 1] = x receipts[#receipts + 1] = id end
        expire(rec, r)
      elseif kind == 'r' then
        remember(peer, rec, code, detail)
        call('HSET', rec, d, 'r ' .. now .. ' ' .. attempt .. ' ' .. x)
        call('ZADD', P .. 'due:' .. peer, x, id)
        ends = false
      elseif kind == 'b' then
        remember(peer, rec, code, detail)
        bury(peer, id, rec, r, x, attempt, code, detail)
      elseif kind == 'x' and strike(peer, rec, token, code, detail) >= most then
        bury(peer, id, rec, r, x, string.match(r[1] or '', '^%a %d+ (%d+)') or 0, code, detail)
        kind = 'b'
        awake[#awake + 1] = peer
      else
        giveBack(peer, id, r)
        awake[#awake + 1] = peer
        ends = false
      end
      n[kind] = n[kind] + 1
      if ends then closed[#closed + 1] = id keys[#keys + 1] = r[2] or key end
      if string.find(flags, 's', 1, true) then
        if kind == 'd' or kind == 'r' then call('HDEL', rec, 'x:' .. peer) end
        awake[#awake + 1] = peer
        if call('GET', P .. 'suspect') == peer .. ' ' .. id .. ' ' .. token then
          call('DEL', P .. 'suspect')
          for _, other in ipairs(call('SMEMBERS', P .. 'peers')) do awake[#awake + 1] = other end
        end
      end
    else
      if kind == 'x' then strike(peer, rec, token, code, detail) end
      awake[#awake + 1] = (i + 6) / 9
    end
  end
  if #receipts > 0 then
    local bucket = P .. 'rcpt:' .. peer .. ':' .. math.floor(now / 86400000)
    call('HSET', bucket, unpack(receipts))
    call('PEXPIRE', bucket, keep + 86400000)
  end
  if #closed > 0 then moveUp(peer, closed, keys) end
  local counts = P .. 'count:' .. peer
  if n.d > 0 then call('HINCRBY', counts, 'delivered', n.d) end
  if n.b > 0 then call('HINCRBY', counts, 'buried', n.b) end
  if n.r + n.b > 0 then call('HINCRBY', counts, 'attempts', n.r + n.b) end
  if n.l + n.x > 0 then call('HINCRBY', counts, 'lapsed', n.l + n.x) end
  if #t.at > #done then call('HINCRBY', counts, 'unheard', #t.at - #done) end
  if #done > 0 then call('HDEL', P .. 'leases:' .. peer, unpack(done)) end
end
return awake
