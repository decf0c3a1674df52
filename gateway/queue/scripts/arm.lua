#!lua
-- arm: what was reckoned of things is written down, and when each is looked at next.
-- KEYS[1] the prefix. ARGV: the token of the right to do that, now ms, how long what is looked at
-- is known behind that, ms, by which limits all are reckoned from now on ("" not known), then of
-- each thing:
--   name, its two marks as they were found, when it is looked at next (ms; "" not), its life cycle,
--   the peer that told it, how near its deadline is ("" not, 1 near, 2 past), the peer where it
--   stands as near until now ("" none), how many fields of `clocks`, these with their values
-- What has neither fields nor a next look is forgotten.
-- Returns nil where the right is another's; else of what could not be written name and why in turn.
-- A mark that has changed meanwhile stays.
local P, right, now, life, limits = KEYS[1] .. ':', ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]),
  ARGV[4]
local THINGS, WORDS = 5, 9  -- where the first begins; how many words before its fields
local NAME, RECORD, STEP, NEXT, CYCLE, PEER, NEAR, FORMER, FIELDS = 0, 1, 2, 3, 4, 5, 6, 7, 8
local call = redis.call
local longest = {}  -- by life cycle: for how long it is kept, ms

if call('HGET', P .. 'pollers', '#deadlines') ~= right then return false end

-- What is looked at again is known until then.
local function keepKnown(name, cycle, for_ms)
  local kept = string.format('%d', for_ms)
  local key = string.match(name, ' (.*)$')
  call('PEXPIRE', P .. 'clocks:' .. name, kept)
  call('PEXPIRE', P .. 'life:' .. name, kept, 'GT')
  call('PEXPIRE', P .. 'known:' .. key, kept, 'GT')
  if cycle == '' or for_ms <= (longest[cycle] or 0) then return end
  longest[cycle] = for_ms
  call('PEXPIRE', P .. 'cycle:' .. cycle, kept, 'GT')
end

local function tellNear(name, peer, near, former)
  if former ~= '' and (former ~= peer or near == '') then
    call('ZREM', P .. 'reached:' .. former, name)
  end
  if near ~= '' then call('ZADD', P .. 'reached:' .. peer, near, name) end
end

local function removeMark(field, value)
  if value == '' or call('HGET', P .. 'unclocked', field) ~= value then return end
  call('HDEL', P .. 'unclocked', field)
end

-- The marks go last: where Redis ends this half-way, it is done once more.
local function write(i, fields)
  local name, next = ARGV[i + NAME], ARGV[i + NEXT]
  local clocks, wait = P .. 'clocks:' .. name, math.max((tonumber(next) or now) - now, 0)
  if fields > 0 then
    call('HSET', clocks, unpack(ARGV, i + WORDS, i + WORDS + 2 * fields - 1))
    keepKnown(name, ARGV[i + CYCLE], wait + life)
  elseif next == '' then
    call('DEL', clocks)
  end
  tellNear(name, ARGV[i + PEER], ARGV[i + NEAR], ARGV[i + FORMER])
  if next == '' then
    call('ZREM', P .. 'deadlines', name)
  else
    call('ZADD', P .. 'deadlines', next, name)
  end
  removeMark('r' .. name, ARGV[i + RECORD])
  removeMark('s' .. name, ARGV[i + STEP])
end

local failed = {}
local i = THINGS
while i <= #ARGV do
  local fields = tonumber(ARGV[i + FIELDS])
  local well, why = pcall(write, i, fields)
  if not well then
    failed[#failed + 1] = ARGV[i + NAME]
    failed[#failed + 1] = type(why) == 'table' and why.err or tostring(why)
  end
  i = i + WORDS + 2 * fields
end
if limits ~= '' then call('SET', P .. 'reckoned', limits) end
return failed
