#!lua
-- release: what waits in one thing because an unmapped leaf of it changed alone (accept: updated) goes out as a record
-- of its own, to whomever the record that holds it went.
-- KEYS[1] the prefix. ARGV: peer, path of the leaf, source id, id for that record, now ms, life of the ledger ms.
-- Returns the peers to whom it is owed now. None: a later revision went out since, the thing is forgotten, or the
-- record that holds it stands in its line still and will show the change there.
-- The thing leaves `holds` last: where Redis ends this half-way it is finished when it is asked for again.
local P, peer, path, source, id, now, life = KEYS[1] .. ':', unpack(ARGV)
local call = redis.call
local ledger, holds = P .. 'dup:' .. peer .. ':' .. source, P .. 'holds:' .. peer .. ':' .. path

-- include line_up
-- include is_lost

-- A ledger of one entry is a string: nothing of it waits.
local latest = redis.pcall('HGET', ledger, 'u') or ''
if type(latest) == 'table' then latest = call('GET', ledger) and '' end
local last, print, leaf = string.match(latest, '^(%S+) (%S+) (.*)$')
local rec = P .. 'rec:' .. (last or '')
local r = leaf == path and call('HMGET', rec, 'k', 't', 'p', 's', 'to', 'e', 'b', 'v', 'l') or {}
local key, type, lane, to = r[1], r[2], r[3], {}
local waits = key and print ~= '-'

-- Whom the record passed before it was changed; or, where it is what this script made, whom it was not lined up for.
for each in string.gmatch(key and r[5] or '', '%S+') do
  local state = string.sub(call('HGET', rec, 'd:' .. each) or 'w', 1, 1)
  local comes = state == 'w' or state == 'r'
  if not waits then
    if state == 'w' and isLost(each, last, key, lane) then to[#to + 1] = each end
  elseif not comes or call('HEXISTS', P .. 'leases:' .. each, last) == 1 then
    to[#to + 1] = each
  end
end

-- A step that others have followed since must not seem the last one.
local function isLate()
  if r[9] then return true end
  local ids = type == 'work_order_step' and call('HGET', P .. 'known:' .. key, 'ids')
  return ids and string.sub(ids, 1, #last) ~= last
end

-- False and why: then nothing is stored that the ledger does not name.
local function store()
  local from, till = string.find(r[6], '"id":"' .. last .. '"', 1, true)
  local event, late = string.sub(r[6], 1, from + 5) .. id .. string.sub(r[6], till), isLate()
  if late and not r[9] then event = '{"late":true,' .. string.sub(event, 2) end
  local done, why = pcall(function()
    call('HSET', P .. 'rec:' .. id, 'k', key, 't', type, 'p', lane, 'a', now, 's', r[4], 'to', table.concat(to, ' '),
         'o', #to, 'e', event, 'b', r[7], 'v', r[8] or '')
    if late then call('HSET', P .. 'rec:' .. id, 'l', 1) end
    call('HSET', ledger, 'c:' .. print, id .. ' ' .. print, 'u', id .. ' - ' .. path)
  end)
  if not done then redis.pcall('DEL', P .. 'rec:' .. id) end
  return done, why
end

-- For replays the new record stands for the step that it repeats.
local function follow()
  local ids = type == 'work_order_step' and call('HGET', P .. 'known:' .. key, 'ids')
  if ids and string.sub(ids, 1, #last) == last then
    call('HSET', P .. 'known:' .. key, 'ids', id .. string.sub(ids, #last + 1))
  end
end

if waits and #to > 0 then
  local stored, why = store()
  if not stored then return redis.error_reply(type(why) == 'table' and why.err or 'ERR ' .. tostring(why)) end
  call('PEXPIRE', ledger, life)
  follow()
elseif waits then
  call('HSET', ledger, 'c:' .. print, last .. ' ' .. print, 'u', last .. ' - ' .. path)
else
  id = last
end
for _, each in ipairs(to) do
  call('ZADD', P .. 'open:' .. each, 'NX', now, id)
  lineUp(each, { ids = { id }, keys = { key }, lanes = { lane } })
end
if waits then call('HDEL', rec, 'u') end
call('ZREM', holds, source)
for _, each in ipairs(to) do redis.pcall('HINCRBY', P .. 'count:' .. each, 'owed', 1) end
return to
