#!lua flags=allow-oom
-- lease: hands out deliveries of one peer: high lane, then some that are due again, then normal lane.
-- KEYS[1] the prefix. ARGV: peer, at most, now ms, node, lease time ms.
-- A lane holds hints. What counts: the record heads its key's line, waits, and is not leased.
-- Returns flat, 8 each: id, token, event, key, type, lane, accepted ms, attempt. Token = "fence node
-- time", " m" behind it when the record has several destinations; settle must show it whole.
local P, peer, max, now = KEYS[1] .. ':', ARGV[1], tonumber(ARGV[2]), ARGV[3]
local call, out, leased = redis.call, {}, {}
local leases, busy, due = P .. 'leases:' .. peer, P .. 'busy:' .. peer, P .. 'due:' .. peer
local ready = P .. 'ready:' .. peer .. ':'
local fence = call('INCR', P .. 'fence')
local token = fence .. ' ' .. ARGV[4] .. ' ' .. ARGV[5]
local left, stale = max, 0

local function take(ids, state)
  local held, recs, keys = call('HMGET', leases, unpack(ids)), {}, {}
  for j, id in ipairs(ids) do
    local r = not held[j] and
      call('HMGET', P .. 'rec:' .. id, 'e', 'k', 't', 'p', 'a', 'o', 'd:' .. peer, 'a:' .. peer)
    if r and r[2] then
      r.id = id
      recs[#recs + 1] = r keys[#keys + 1] = r[2]
    end
  end
  stale = stale + #ids - #recs
  if #recs == 0 then return end
  local heads, taken = call('HMGET', busy, unpack(keys)), {}
  for j, r in ipairs(recs) do
    local s, failed = 'w', 0
    if r[7] then s, failed = string.match(r[7], '^(%a) %d+ (%d+)') end
    if s == state and not taken[r.id] and heads[j] and string.sub(heads[j], 2) == r.id then
      local mine = r[6] and token .. ' m' or token
      local n = #out
      out[n + 1], out[n + 2], out[n + 3], out[n + 4], out[n + 5] = r.id, mine, r[1], r[2], r[3]
      out[n + 6], out[n + 7], out[n + 8] = r[4], r[8] or r[5], failed + 1
      leased[#leased + 1] = r.id leased[#leased + 1] = mine
      taken[r.id] = true
      left = left - 1
    else
      stale = stale + 1
    end
  end
  if #leased > 0 then call('HSET', leases, unpack(leased)) leased = {} end
end

local function takeLane(lane)
  for _ = 1, 8 do
    local ids = left > 0 and call('LPOP', ready .. lane, left)
    if not ids then return end
    take(ids, 'w')
  end
end

takeLane('h')
if left > 0 and call('EXISTS', due) == 1 then
  local some = left
  if call('EXISTS', ready .. 'n') == 1 then some = math.floor((left + fence % 2) / 2) end
  local ids = some > 0 and call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, some) or {}
  if #ids > 0 then
    call('ZREM', due, unpack(ids))
    take(ids, 'r')
  end
end
takeLane('n')
if stale > 0 then call('HINCRBY', P .. 'count:' .. peer, 'stale', stale) end
return out
