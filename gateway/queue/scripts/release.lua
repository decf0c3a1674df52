#!lua
-- release: what waits in one thing because an unmapped leaf of it changed alone (accept: updated)
-- goes out as a record of its own, to whomever the record that holds it went.
-- KEYS[1] the prefix. ARGV: peer, path of the leaf, source id, id for that record, now ms, life of
-- the ledger ms, the journal's mark.
-- Returns the peers to whom it is owed now. None: a later revision went out since, the thing is
-- forgotten, or the record that holds it stands in its line still and will show the change there.
-- The thing leaves `holds` last: where Redis ends this half-way it is finished when it is asked for
-- again.
local P, peer, path, source, id, now, life, mark = KEYS[1] .. ':', unpack(ARGV)
local call = redis.call
local ledger, holds = P .. 'dup:' .. peer .. ':' .. source, P .. 'holds:' .. peer .. ':' .. path

-- include journal
-- include line_up
-- include is_lost

-- 1. The record that holds it. A ledger of one entry is a string: it has
-- no leaf yet, so nothing of it waits.
local latest = redis.pcall('HGET', ledger, 'u') or ''
if type(latest) == 'table' then
  if not string.find(call('GET', ledger), '^%S+ %S+ [u-] ') then return latest end
  latest = ''
end
local last, fingerprint, leaf = string.match(latest, '^(%S+) (%S+) (.*)$')
local rec = P .. 'rec:' .. (last or '')
local fields = leaf == path and
  call('HMGET', rec, 'k', 't', 'p', 's', 'to', 'e', 'b', 'v', 'l') or {}
local key, kind, lane, sender, receivers, event, body, evidence, wasLate = unpack(fields)
local waits = key and fingerprint ~= '-'

-- 2. Whom the record passed before it was changed; or, where it is what this script made, whom it
-- was not lined up for.
local to = {}
for each in string.gmatch(key and receivers or '', '%S+') do
  local state = string.sub(call('HGET', rec, 'd:' .. each) or 'w', 1, 1)
  local comes = state == 'w' or state == 'r'
  if not waits then
    if state == 'w' and isLost(each, last, key, lane) then to[#to + 1] = each end
  elseif not comes or call('HEXISTS', P .. 'leases:' .. each, last) == 1 then
    to[#to + 1] = each
  end
end

-- The steps that moved the life of its key, the last first; nothing where it is none of them: they
-- are all of one type.
local function stepsOfKey()
  local ids, standing = unpack(call('HMGET', P .. 'known:' .. key, 'ids', 's'))
  local cycle = string.match(standing or '', '^%S* (%S+)')
  local by = cycle and call('HGET', P .. 'cycle:' .. cycle, 'by')
  -- What an older version wrote does not say.
  by = by or ids and call('HGET', P .. 'rec:' .. string.match(ids, '^%S+'), 't')
  return by == kind and ids
end

-- A step that others have followed since must not seem the last one.
local function isLate()
  if wasLate then return true end
  local ids = stepsOfKey()
  return ids and string.sub(ids, 1, #last) ~= last
end

-- False and why: then nothing is stored that the ledger does not name.
local function store()
  local from, till = string.find(event, '"id":"' .. last .. '"', 1, true)
  local renamed = string.sub(event, 1, from + 5) .. id .. string.sub(event, till)
  local late = isLate()
  if late and not wasLate then renamed = '{"late":true,' .. string.sub(renamed, 2) end
  local done, why = pcall(function()
    call('HSET', P .. 'rec:' .. id, 'k', key, 't', kind, 'p', lane, 'a', now, 's', sender,
         'to', table.concat(to, ' '), 'o', #to, 'e', renamed, 'b', body, 'v', evidence or '')
    if late then call('HSET', P .. 'rec:' .. id, 'l', 1) end
    call('HSET', ledger, 'c:' .. fingerprint, id .. ' ' .. fingerprint, 'u', id .. ' - ' .. path)
  end)
  if not done then redis.pcall('DEL', P .. 'rec:' .. id) end
  return done, why
end

-- For replays the new record stands for the step that it repeats.
local function follow()
  local ids = stepsOfKey()
  if ids and string.sub(ids, 1, #last) == last then
    call('HSET', P .. 'known:' .. key, 'ids', id .. string.sub(ids, #last + 1))
  end
end

-- 3. The record and the ledger. Where nobody is to get it the holding record has it, and waits no
-- more.
if waits and #to > 0 then
  local stored, why = store()
  if not stored then
    return redis.error_reply(type(why) == 'table' and why.err or 'ERR ' .. tostring(why))
  end
  call('PEXPIRE', ledger, life)
  note('a', id)
  follow()
elseif waits then
  call('HSET', ledger, 'c:' .. fingerprint, last .. ' ' .. fingerprint, 'u', last .. ' - ' .. path)
else
  id = last
  if key then note('a', id) end
end

-- 4. Lines.
for _, each in ipairs(to) do
  call('ZADD', P .. 'open:' .. each, 'NX', now, id)
  lineUp(each, { ids = { id }, keys = { key }, lanes = { lane } })
end

-- 5. Nothing is held any more.
if waits then call('HDEL', rec, 'u') end
call('ZREM', holds, source)
for _, each in ipairs(to) do
  redis.pcall('HINCRBY', P .. 'count:' .. each, 'owed', 1)
end
writeJournal(mark, now)
return to
