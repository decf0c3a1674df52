#!lua
-- resend: the next deliveries of a person's list (enlist) are owed again, each behind the others of
-- its key, as a first attempt with a new age. How far the list is carried out is written with that,
-- so that it can be gone on with, by whomever.
-- KEYS[1] the prefix. ARGV: the list's id, at most how many, now ms, the list's life ms, the
-- journal's mark, then "<record id> <peer>" and what is known of that delivery where the record is
-- gone: "kept": its content stands in `again`; else why it is refused. Last, to look only: "look"
-- and the delivery to begin behind. Nothing is written then.
-- Returns nothing where there is no such list; else how many are left (looking: how many there
-- are), the delivery at which it stopped, since its record is gone and nothing is known of it (""
-- where it did not; looking: up to which the list was carried out), the peers that have something
-- new to lease, and of each delivery itself and what became, or would become, of it:
-- "" it is owed again, "gone", or why not: a cause, since when ms, more.
local P, list, most, now, life, mark, about, known, look, after = KEYS[1] .. ':', unpack(ARGV)
local call = redis.call
local head, items, refusals = P .. 'resend:' .. list, P .. 'items:' .. list, P .. 'refused:' .. list
look = look == 'look'

-- include journal
-- include line_up
-- include remembered
-- include utc_time

local by, why, anew, again, at, done, refused, failed, begun =
  unpack(call('HMGET', head, 'by', 'why', 'anew', 'again', 'at', 'done', 'refused', 'failed',
              'begun'))
if not by then return false end
local who = by .. ': ' .. why
local told, awake, woken = {}, {}, {}
local causes = {}  -- of this run, by delivery

-- `r` of a record, with this peer.
local KEY, LANE, TO, OPEN, STATE, BEFORE, TRIED = 1, 2, 3, 4, 5, 6, 7
local function read(id, peer)
  return call('HMGET', P .. 'rec:' .. id, 'k', 'p', 'to', 'o', 'd:' .. peer, 'm:' .. peer,
              'h:' .. peer)
end

local function goesTo(r, peer)
  return r[KEY] and string.find(' ' .. r[TO] .. ' ', ' ' .. peer .. ' ', 1, true)
end

-- Why it is not sent again; "" where it is, "done" where this list has done it.
local function judge(r, id, peer)
  if not goesTo(r, peer) then return 'gone' end
  local state, since, rest = string.match(r[STATE] or '', '^(%a) (%d+) %d+ ?(.*)$')
  local first, when, whose = string.match(r[BEFORE] or '', '^(%S+) (%d+) (.*)$')
  if first == list then return 'done' end
  if state == 'b' then return 'buried ' .. since .. ' ' .. rest end
  if first and (state ~= 'd' or again ~= '1') then return 'resent ' .. when .. ' ' .. whose end
  local held = call('HEXISTS', P .. 'leases:' .. peer, id) == 1
  if state ~= 'd' or held then return 'under_way ' .. (since or 0) .. ' ' end
  return ''
end

-- It was delivered long ago, and C++ has brought its content back: as it stood then, and for a
-- minute, for what follows makes it stay. The copy of another peer's is used where that is there.
local function bringBack(r, id, peer)
  local rec, copy = P .. 'rec:' .. id, P .. 'again:' .. id
  if not r[KEY] then
    call('RENAME', copy, rec)
    return
  end
  local open, state = r[OPEN], call('HGET', copy, 'd:' .. peer)
  if not open then
    local other = call('HGET', rec, 'd:' .. r[TO]) or 'w'
    open = string.find(other, '^[db]') and 0 or 1
  end
  call('HSET', rec, 'to', r[TO] .. ' ' .. peer, 'o', open, 'd:' .. peer, state)
  call('DEL', copy)
end

-- `detail`: who, why, and how it stood before.
local function noteResent(peer, id, detail)
  note('s', 'w ' .. peer .. ' ' .. id .. ' 0 deliver.resent ' .. detail)
end

-- It is owed before its line has it: what is cut off there, mend lines up.
local function owe(r, id, peer)
  local rec = P .. 'rec:' .. id
  local since, receipt = string.match(r[STATE], '^d (%d+) %d+ ?(.*)$')
  local detail = 'by ' .. who .. ' (delivered before at ' .. utcTime(since or 0)
  if receipt and receipt ~= '' then detail = detail .. ', receipt ' .. receipt end
  detail = detail .. ')'
  local fields = {
    'd:' .. peer, 'w ' .. now .. ' 0 ',
    'a:' .. peer, now,
    'm:' .. peer, list .. ' ' .. now .. ' ' .. who,
    'h:' .. peer, remembered(r[TRIED], now, 'deliver.resent', detail),
  }
  if anew == '1' then
    fields[#fields + 1] = 'n:' .. peer
    fields[#fields + 1] = list
  end
  if r[OPEN] then
    fields[#fields + 1] = 'o'
    fields[#fields + 1] = r[OPEN] + 1
  end
  call('PERSIST', rec)
  call('HDEL', rec, 'x:' .. peer)
  call('ZADD', P .. 'open:' .. peer, now, id)
  call('HSET', rec, unpack(fields))
  noteResent(peer, id, detail)
  lineUp(peer, { ids = { id }, keys = { r[KEY] }, lanes = { r[LANE] } })
  redis.pcall('HINCRBY', P .. 'count:' .. peer, 'owed', 1)
  if not woken[peer] then awake[#awake + 1] = peer end
  woken[peer] = true
end

-- What became of it; "gone": nothing yet, and nothing of those behind it.
local function take(item)
  local id, peer = string.match(item, '^(%S+) (%S+)$')
  local r = read(id, peer)
  if not goesTo(r, peer) and item == about and known ~= '' and not look then
    if known ~= 'kept' then return known end
    bringBack(r, id, peer)
    r = read(id, peer)
  end
  local verdict = judge(r, id, peer)
  if verdict == '' and not look then owe(r, id, peer) end
  -- It was cut off before it was told.
  local waits = verdict == 'done' and string.sub(r[STATE] or '', 1, 1) == 'w'
  if waits and not look then noteResent(peer, id, 'by ' .. who) end
  return verdict == 'done' and '' or verdict
end

-- 1. Those whose turn it is.
local size = call('ZCARD', items)
local from = look and after or at or ''
local page = call('ZRANGE', items, from == '' and '-' or '(' .. from, '+', 'BYLEX',
                  'LIMIT', 0, most)
local last, stopped = at, ''
local n = { done = tonumber(done or 0), refused = tonumber(refused or 0),
            failed = tonumber(failed or 0) }
for _, item in ipairs(page) do
  local verdict
  if look and at and item <= at then
    verdict = call('HGET', refusals, item) or ''
  else
    local well, answer = pcall(take, item)
    -- What is wrong with one holds up none of the others.
    verdict = well and answer or
      'failed ' .. now .. ' ' .. (type(answer) == 'table' and answer.err or tostring(answer))
  end
  if verdict == 'gone' and not look then
    stopped = item
    break
  end
  local kind = verdict == '' and 'done' or string.find(verdict, '^failed') and 'failed' or 'refused'
  n[kind] = n[kind] + 1
  if verdict ~= '' then
    causes[#causes + 1] = item
    causes[#causes + 1] = verdict
  end
  last = item
  told[#told + 1] = item
  told[#told + 1] = verdict
end
if look then return { size, at or '', awake, told } end

-- 2. What is told of them, before the list goes on: cut off there, they are told once more.
if #causes > 0 then
  call('HSET', refusals, unpack(causes))
  call('PEXPIRE', refusals, life)
end
writeJournal(mark, now)
call('HSET', head, 'begun', begun or now, 'at', last or '', 'done', n.done, 'refused', n.refused,
     'failed', n.failed)
call('PEXPIRE', head, life)
call('PEXPIRE', items, life)
return { size - n.done - n.refused - n.failed, stopped, awake, told }
