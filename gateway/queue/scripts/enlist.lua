#!lua
-- enlist: deliveries are put on a person's list of what is to be sent again (resend). A new list is
-- made with the first of them.
-- KEYS[1] the prefix. ARGV: the list's id, now ms, its life ms, how many deliveries one list may
-- hold, how many all lists together, how many lists, then of the list what is told when it is made
-- and "" later: who, why, "1" with new idempotency keys, "1" also what was sent again before, what
-- was asked for. Then the deliveries, "<record id> <peer>" each.
-- Returns how many are on it; or why none was put on it: "gone", "begun", "full", "lists".
local P, list, now, life = KEYS[1] .. ':', unpack(ARGV)
local mostOfOne, mostOfAll, mostLists = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local by, why, anew, again, asked = unpack(ARGV, 7, 11)
local FIRST = 12  -- where the deliveries begin
local call = redis.call
local head, items, lists = P .. 'resend:' .. list, P .. 'items:' .. list, P .. 'resends'

-- How many deliveries stand on all lists. Those that have gone by their time are forgotten.
local function countAll()
  local all, sum = call('ZRANGE', lists, 0, -1, 'WITHSCORES'), 0
  for i = 1, #all, 2 do
    if call('EXISTS', P .. 'resend:' .. all[i]) == 1 then
      sum = sum + tonumber(all[i + 1])
    else
      call('ZREM', lists, all[i])
    end
  end
  return sum
end

-- 1. The list.
local made, begun = unpack(call('HMGET', head, 'made', 'begun'))
if not made and by == '' then return 'gone' end
if begun then return 'begun' end
local more = #ARGV - FIRST + 1
if countAll() + more > mostOfAll then return 'full' end
if not made and call('ZCARD', lists) >= mostLists then return 'lists' end
if call('ZCARD', items) + more > mostOfOne then return 'full' end
if not made then
  call('HSET', head, 'made', now, 'by', by, 'why', why, 'anew', anew, 'again', again,
       'asked', asked)
end

-- 2. What is on it, in the order of its records: one that is named twice stands there once.
for i = FIRST, #ARGV do
  call('ZADD', items, 0, ARGV[i])
end
local count = call('ZCARD', items)
call('ZADD', lists, count, list)
call('PEXPIRE', head, life)
if count > 0 then call('PEXPIRE', items, life) end
return count
