#!lua flags=allow-oom
-- lease: hands out deliveries of one peer: high lane, then some that are due again, then normal
-- lane.
-- KEYS[1] the prefix. ARGV: peer, at most, now ms, "<node> <lease time ms>.<number of the node's
-- call>".
-- A lane holds hints. What counts: the record heads its key's line, waits, and is not leased.
-- Returns flat, 9 each: id, token, event, key, type, lane, accepted ms, attempt, what its
-- idempotency key ends with where it was sent again under a new one (else "").
-- Token = "fence node time.call"; behind it " m" when the record has several destinations, " s" (or
-- " ms") when it is a suspect; settle must show it whole. A suspect has strikes; of those with two
-- or more only one of all peers is out.
local P = KEYS[1] .. ':'
local peer, max, now, holder = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local call = redis.call
local leases, busy, due = P .. 'leases:' .. peer, P .. 'busy:' .. peer, P .. 'due:' .. peer
local ready = P .. 'ready:' .. peer .. ':'
local fence = call('INCR', P .. 'fence')
local token = fence .. ' ' .. holder

local out = {}        -- what is returned
local leased = {}     -- what `leases` is told next
local left = max      -- how many more may be handed out
local stale = 0       -- hints that led to nothing
local oneIsOut = nil  -- a suspect is out; nil: not known yet
local backToLane, backToDue = { n = {}, h = {} }, {}

-- Places of a record's fields as read here.
local KEY, TYPE, LANE, ACCEPTED, OPEN, STATE, ANEW, STRIKES, NEWKEY, EVENT =
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10

local function suspectIsOut()
  if oneIsOut == nil then
    local suspect = call('GET', P .. 'suspect') or ''
    local whose, id, held = string.match(suspect, '^(%S+) (%S+) (.*)$')
    oneIsOut = whose ~= nil and call('HGET', P .. 'leases:' .. whose, id) == held
  end
  return oneIsOut
end

-- One of another type is no record, and holds up no other.
local function read(id)
  local r = redis.pcall('HMGET', P .. 'rec:' .. id, 'k', 't', 'p', 'a', 'o',
                        'd:' .. peer, 'a:' .. peer, 'x:' .. peer, 'n:' .. peer, 'e')
  if not r[KEY] then return end
  r.id = id
  return r
end

-- It goes back to where it was taken from.
local function putBack(id, lane)
  if lane then
    table.insert(backToLane[lane], id)
  else
    backToDue[#backToDue + 1] = now + 1000
    backToDue[#backToDue + 1] = id
  end
end

-- `grave`: it has so many strikes that no other such may be out with it.
local function handOut(r, failed, suspect, grave)
  local mine = token
  if r[OPEN] or suspect then
    mine = token .. ' ' .. (r[OPEN] and 'm' or '') .. (suspect and 's' or '')
  end
  if grave then
    call('SET', P .. 'suspect', peer .. ' ' .. r.id .. ' ' .. mine)
    oneIsOut = true
  end
  local n = #out
  out[n + 1], out[n + 2], out[n + 3], out[n + 4] = r.id, mine, r[EVENT], r[KEY]
  out[n + 5], out[n + 6] = r[TYPE], r[LANE]
  out[n + 7], out[n + 8] = r[ANEW] or r[ACCEPTED], failed + 1
  out[n + 9] = r[NEWKEY] or ''
  leased[#leased + 1] = r.id
  leased[#leased + 1] = mine
  left = left - 1
end

-- Hands out those of these hints that count, in state `state`: "w" waits, "r" to be tried again.
local function take(ids, state, lane)
  -- What is leased is not even read.
  local held, recs, keys = call('HMGET', leases, unpack(ids)), {}, {}
  for j, id in ipairs(ids) do
    local r = not held[j] and read(id)
    if r then
      recs[#recs + 1] = r
      keys[#keys + 1] = r[KEY]
    end
  end
  stale = stale + #ids - #recs
  if #recs == 0 then return end

  -- An id may stand twice in a lane.
  local heads, taken = call('HMGET', busy, unpack(keys)), {}
  for j, r in ipairs(recs) do
    local s, failed = 'w', 0
    if r[STATE] then
      s, failed = string.match(r[STATE], '^(%a) %d+ (%d+)')
    end
    local strikes = tonumber(r[STRIKES] and string.match(r[STRIKES], '^(%d+) %d+$') or 0)
    local isHead = string.sub(heads[j] or '', 2) == r.id
    if s ~= state or taken[r.id] or not isHead then
      stale = stale + 1
    else
      taken[r.id] = true
      if strikes > 1 and suspectIsOut() then
        putBack(r.id, lane)
      else
        handOut(r, failed, strikes > 0, strikes > 1)
      end
    end
  end
  if #leased > 0 then call('HSET', leases, unpack(leased)) end
  leased = {}
end

-- Behind stale hints others may stand: some rounds, then it is the next call's turn.
local function takeLane(lane)
  for _ = 1, 8 do
    local ids = left > 0 and #backToLane[lane] < max and call('LPOP', ready .. lane, left)
    if not ids then return end
    take(ids, 'w', lane)
  end
end

-- 1. The high lane.
takeLane('h')

-- 2. What is due again: half of the rest where the normal lane has some too.
if left > 0 and call('EXISTS', due) == 1 then
  local some = left
  if call('EXISTS', ready .. 'n') == 1 then some = math.floor((left + fence % 2) / 2) end
  local ids = some > 0 and call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, some) or {}
  if #ids > 0 then
    call('ZREM', due, unpack(ids))
    take(ids, 'r')
  end
end

-- 3. The normal lane.
takeLane('n')

-- 4. Suspects that may not go yet.
for lane, ids in pairs(backToLane) do
  if #ids > 0 then call('RPUSH', ready .. lane, unpack(ids)) end
end
if #backToDue > 0 then call('ZADD', due, unpack(backToDue)) end
if stale > 0 then call('HINCRBY', P .. 'count:' .. peer, 'stale', stale) end
return out
