#!lua flags=no-writes
-- reckon: whose deadlines are to be reckoned, and what is known of each.
-- KEYS[1] the prefix. ARGV: now ms, of how many things at most, about how many bytes, then the
-- names of things that are looked at whatever stands of them.
-- Those come first, then what is due to be looked at, up to half of what is taken, then what has a
-- mark, then what is due beside. A name is a type, a blank, a key.
-- Returns a list of each: its name, its two marks ("" none), where it stands in its life ("" it was
-- not seen), the states in which that ends, the event of its newest record where that is new ("" it
-- is not), that of the step by which its limits were lengthened since, where that was the last step
-- ("" else), its fields of `clocks` with their values.
local P, now, most, room = KEYS[1] .. ':', ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local NAMES = 4  -- where they begin
local call = redis.pcall  -- a key of another type is none that is known
local found, seen, used = {}, {}, 0
local ends = {}  -- by life cycle

local function textOf(answer)
  return type(answer) == 'string' and answer or ''
end

local function listOf(answer)
  return type(answer) == 'table' and not answer.err and answer or {}
end

-- What its own records move has a place for its type; what steps move stands beside what is known
-- of its key, which may be another type's.
local function lifeOf(name)
  local own = textOf(call('GET', P .. 'life:' .. name))
  if own ~= '' then return own end
  local kind, key = string.match(name, '^(%S+) (.*)$')
  local text = textOf(call('HGET', P .. 'known:' .. (key or ''), 's'))
  local its = string.match(text, '^%S* ([^:%s]*):')
  return (not its or its == kind) and text or ''
end

local function endsOf(life)
  local cycle = string.match(life, '^%S* (%S+:%S+) ')
  if not cycle then return '' end
  ends[cycle] = ends[cycle] or textOf(call('HGET', P .. 'cycle:' .. cycle, 'ends'))
  return ends[cycle]
end

-- Whether more extensions were agreed in this round than `known` (field x) tells of.
local function isExtended(life, known)
  local round, extensions = string.match(life, '^%S* %S+ (%d+) %d+ %S+ %S+ %S+ (%d+) ')
  local its, told = string.match(known, '^(%d+) (%d+)')
  return round and tonumber(extensions) > (its == round and tonumber(told) or 0)
end

local function eventOf(record)
  return textOf(call('HGET', P .. 'rec:' .. record, 'e'))
end

local function look(name)
  if seen[name] or #found >= most or used > room then return end
  seen[name] = true
  local marks = listOf(call('HMGET', P .. 'unclocked', 'r' .. name, 's' .. name))
  local record, step = textOf(marks[1]), textOf(marks[2])
  local life = lifeOf(name)
  local event, extension, known = record ~= '' and eventOf(record) or '', '', ''
  local clocks = listOf(call('HGETALL', P .. 'clocks:' .. name))
  for i = 1, #clocks, 2 do
    if clocks[i] == 'x' then known = clocks[i + 1] end
  end
  if step ~= '' and isExtended(life, known) then extension = eventOf(step) end
  local thing = { name, record, step, life, endsOf(life), event, extension }
  for _, text in ipairs(clocks) do
    thing[#thing + 1] = text
  end
  used = used + #name + #life + #event + #extension
  found[#found + 1] = thing
end

for i = NAMES, #ARGV do
  look(ARGV[i])
end
local due = call('ZRANGEBYSCORE', P .. 'deadlines', '-inf', now, 'LIMIT', 0, most)
local marked = call('HRANDFIELD', P .. 'unclocked', most)
if due.err or marked.err then
  return redis.error_reply((due.err or marked.err) .. ' (' .. P ..
    (due.err and 'deadlines)' or 'unclocked)'))
end
for i = 1, math.min(#due, most / 2) do
  look(due[i])
end
for _, field in ipairs(marked) do
  look(string.sub(field, 2))
end
for _, name in ipairs(due) do
  look(name)
end
return found
