-- counters: part of accept, whose words and names it uses. Revisions that differ in one unmapped
-- leaf alone.

-- Whether a person has said that its changes go out.
local function isReleased(peer, leaf)
  return call('HGET', P .. 'held', peer .. ' ' .. leaf) == 'released'
end

-- An event in three: its mapped data, its unmapped leaves by path, when it happened. None where
-- they would be long.
local function split(event, rest)
  local at = string.find(event, ',"data":{', 1, true)
  if not at then return end
  local head = string.sub(event, 1, at)
  local time = string.match(head, '"time":"([^"]*)"')
  if time == string.match(head, '"receivedtime":"([^"]*)"') then time = '' end
  local from, to = string.find(event, '"' .. rest .. '":{', at, true)
  if not from then return string.sub(event, at, -3), {}, time end
  if #event - to > 65536 then return end
  local whole, leaves = pcall(cjson.decode, string.sub(event, to, -3))
  if whole then return string.sub(event, at, from - 2), leaves, time end
end

-- The path of the one unmapped leaf in which alone two events of a thing differ.
local function leafBetween(one, other, rest)
  local member = string.match(rest, '^[^\n]*')
  local mapped, was, time = split(one, member)
  local mappedNow, is, timeNow = split(other, member)
  if not mapped or mapped ~= mappedNow or time ~= timeNow then return end
  for path in string.gmatch(rest, '\n([^\n]+)') do
    was[path] = nil
    is[path] = nil
  end
  local leaf
  for path, text in pairs(is) do
    if was[path] ~= text then
      if leaf then return end
      leaf = path
    end
    was[path] = nil
  end
  for path in pairs(was) do
    if leaf then return end
    leaf = path
  end
  return leaf
end

-- That record no longer says what it was accepted with. Only that entry itself, sent again, is
-- still known by it.
local function outdate(ledger, id, leaf)
  local all = call('HGETALL', ledger)
  for k = 1, #all, 2 do
    local field, entry = all[k], all[k + 1]
    if string.sub(field, 1, 2) == 'c:' and string.sub(entry, 1, #id + 1) == id .. ' ' then
      call('HSET', ledger, field, id .. ' - ' .. leaf)
    end
  end
end

-- Compares with the latest record of the thing. From the third revision that differs from the one
-- before in the same unmapped leaf alone (a counter), that leaf is updated in that record, and
-- nothing is delivered, until a person says otherwise (release). Of two revisions in one group the
-- second is delivered.
-- Returns the record's id where that was done; else nothing, and the leaf.
-- What waits stands in `holds` first, and its record is kept as long as the ledger.
local function updated(i, ledger, u, rest)
  local id, peer, source = words[i], words[i + PEER], words[i + SOURCE]
  local fingerprint = words[i + FINGERPRINT]
  local last, inIt, path = string.match(u or '', '^(%S+) (%S+) (.*)$')
  local m = newest[ledger]
  if not m and not last then return nil, '' end

  -- 1. In which leaf alone do they differ?
  local rec = P .. 'rec:' .. (last or '')
  local was = call('HMGET', m and contentOf(taken[m]) or rec, 'e', 'k', 't', 'p')
  local is = call('HMGET', contentOf(i), 'e', 'k', 't', 'p')
  local alike = was[1] and was[2] == is[2] and was[3] == is[3] and was[4] == is[4]
  local leaf = alike and leafBetween(was[1], is[1], rest) or ''
  if m or leaf == '' or leaf ~= path then return nil, leaf end

  -- 2. May it wait? `inIt`: the fingerprint that the record was updated to, "-" before the first.
  local name = peer .. ' ' .. leaf
  local held, holds = call('HGET', P .. 'held', name), P .. 'holds:' .. peer .. ':' .. leaf
  if not mayWait(held, holds, source) then return nil, leaf end
  if inIt == '-' and call('HLEN', ledger) > 1000 then return nil, leaf end

  -- 3. The record says it, under its own id.
  local event, raw = is[1], call('HMGET', contentOf(i), 'b', 'v')
  local from, to = string.find(event, '"id":"' .. id .. '"', 1, true)
  local mark = string.match(was[1], '^{"late":true,') or '{'
  local updatedEvent = mark .. string.sub(event, 2, from + 5) .. last .. string.sub(event, to)
  call('ZADD', holds, now, source)
  call('PEXPIRE', holds, life)
  call('HSET', rec, 'u', life, 'e', updatedEvent, 'b', raw[1], 'v', raw[2] or '')
  call('PEXPIRE', rec, life, 'GT')

  -- 4. The ledger names it for that content.
  local entry = last .. ' ' .. fingerprint .. ' ' .. leaf
  if inIt == '-' then outdate(ledger, last, leaf) end
  call('HSET', ledger, 'c:' .. fingerprint, entry, 'u', entry)
  call('PEXPIRE', ledger, life)
  if inIt ~= '-' then call('HDEL', ledger, 'c:' .. inIt) end
  call('HSET', P .. 'held', name, tonumber(held or 0) + 1)
  note('u', last)
  return last
end
