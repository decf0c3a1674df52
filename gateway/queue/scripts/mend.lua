#!lua flags=allow-oom
-- mend: what is owed to one peer and stands nowhere, after a script that ended half-way, takes its
-- place again.
-- KEYS[1] the prefix. ARGV: peer, rank in `open` to begin at, how many, only those accepted until
-- then ms, "look" to count them and change nothing.
-- Returns the rank to go on at (0: all were seen), how many there were, how many have lost their
-- record or are hidden or kept out of their line by a damaged key, and why the first of those.
-- A place is: head of its key's line with a hint in a lane, behind the head, leased, or waiting for
-- its retry. Hints are looked for only where the lanes are short enough to be read.
local P = KEYS[1] .. ':'
local peer, from, most, before = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local look = ARGV[5] == 'look'
local call, longest = redis.call, 10000
local open, busy, due = P .. 'open:' .. peer, P .. 'busy:' .. peer, P .. 'due:' .. peer

local lost = { ids = {}, keys = {}, lanes = {} }
local found, hidden, cause = 0, 0, nil
local lines = {}    -- by key: who waits in its line, or true where that is too long to be read
local hinted = nil  -- who has a hint; nil: not read yet; false: too many

-- include line_up
-- include wrong_key

local function hasHint(id)
  if hinted == nil then
    local high, normal = P .. 'ready:' .. peer .. ':h', P .. 'ready:' .. peer .. ':n'
    local there = call('LLEN', high) + call('LLEN', normal) <= longest and {}
    for _, lane in ipairs(there and { high, normal } or {}) do
      for _, each in ipairs(call('LRANGE', lane, 0, -1)) do
        there[each] = true
      end
    end
    hinted = there
  end
  return not hinted or hinted[id]
end

-- Who heads the line now. Where nobody does and some wait, the first of them.
local function headOf(key)
  local head, wait = call('HGET', busy, key), P .. 'wait:' .. peer .. ':' .. key
  if head or look then return head end
  local next = call('LRANGE', wait, 0, 0)
  if not next[1] then return end
  head = '+' .. string.sub(next[1], 2)
  call('HSET', busy, key, head)
  call('LPOP', wait)
  return head
end

local function isBehind(key, what)
  if not lines[key] then
    local wait, there = P .. 'wait:' .. peer .. ':' .. key, {}
    local tooLong = call('LLEN', wait) > longest
    for _, each in ipairs(tooLong and {} or call('LRANGE', wait, 0, -1)) do
      there[each] = true
    end
    lines[key] = tooLong or there
  end
  return lines[key] == true or lines[key][what]
end

-- Whether each peer that it goes to is owed it, or was. Else accept ended before that: nobody was
-- told that it is accepted, and when it is sent again it takes its place with those that came with
-- it.
local function isOwedToAll(id, to)
  for other in string.gmatch(to, '%S+') do
    local owed = call('ZSCORE', P .. 'open:' .. other, id)
    if not owed and not call('HGET', P .. 'rec:' .. id, 'd:' .. other) then return false end
  end
  return true
end

local function disown(id)
  found = found + 1
  if not look then call('ZREM', open, id) end
end

local function lose(id, key, lane)
  found = found + 1
  local m = #lost.ids + 1
  lost.ids[m], lost.keys[m], lost.lanes[m] = id, key, lane
end

-- One that is kept from being seen or lined up: a key of another type hides those that need it and
-- nobody else.
local function hide(id, key, why)
  hidden = hidden + 1
  cause = cause or namedCause(why, {
    'rec:' .. id, 'hash',
    'due:' .. peer, 'zset',
    'busy:' .. peer, 'hash',
    'ready:' .. peer .. ':h', 'list',
    'ready:' .. peer .. ':n', 'list',
    'wait:' .. peer .. ':' .. (key or ''), 'list',
  })
end

-- Looks whether one that is not leased has its place.
local function see(id)
  local rec = P .. 'rec:' .. id
  local key, lane, to, state = unpack(call('HMGET', rec, 'k', 'p', 'to', 'd:' .. peer))
  state = string.sub(state or 'w', 1, 1)
  if not key then return hide(id, nil, rec .. ' is gone, though it is owed') end
  local head = headOf(key)
  if call('ZSCORE', due, id) then return end
  local heads = head and string.sub(head, 2) == id
  if state ~= 'w' and state ~= 'r' then  -- it has ended, and was cut off before it left
    if not heads then disown(id) end
  elseif heads and state == 'r' then
    found = found + 1
    if not look then call('ZADD', due, 0, id) end
  elseif heads then
    if not hasHint(id) then lose(id, key, lane) end
  elseif not isBehind(key, lane .. id) then
    if not isOwedToAll(id, to) then return disown(id) end
    lose(id, key, lane)
  end
end

-- 1. This page of what is owed, without what was accepted too lately.
local page = call('ZRANGE', open, from, from + most - 1, 'WITHSCORES')
local ids = {}
for i = 1, #page, 2 do
  local id, accepted = page[i], tonumber(page[i + 1])
  if accepted > before then break end
  ids[#ids + 1] = id
end
if #ids == 0 then return { 0, 0, 0, '' } end

-- 2. Which of them have no place. What is leased has one.
local held = call('HMGET', P .. 'leases:' .. peer, unpack(ids))
for j, id in ipairs(ids) do
  local well, why = true, nil
  if not held[j] then
    well, why = pcall(see, id)
  end
  if not well then
    local key = redis.pcall('HGET', P .. 'rec:' .. id, 'k')
    hide(id, type(key) == 'string' and key, why)
  end
end

-- 3. They take it.
if #lost.ids > 0 and not look then
  local bad = {}
  lineUp(peer, lost, bad)
  for m, key in ipairs(lost.keys) do
    if bad[key] then
      found = found - 1
      hide(lost.ids[m], key, bad[key])
    end
  end
end
return { #ids == most and from + most or 0, found, hidden, cause or '' }
