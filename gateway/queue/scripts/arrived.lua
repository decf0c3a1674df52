#!lua flags=allow-oom
-- arrived: of what was awaited and has come, the first for which somebody waits.
-- KEYS[1] the prefix. ARGV: how many of those that wait, at most.
-- Returns what it is, and the exceptions that wait for it, in order of arrival. Nothing where
-- nobody waits for what has come.
local P, most = KEYS[1] .. ':', tonumber(ARGV[1])
local call, arrived = redis.call, KEYS[1] .. ':arrived'

-- What stands in a line and waits no more, after a script that ended half-way, leaves it. Who was
-- told twice before this look is looked at once.
local function waitersOf(line)
  local ids, seen = {}, {}
  for _, id in ipairs(call('LRANGE', line, 0, most - 1)) do
    if not call('ZSCORE', P .. 'waits', id) then
      call('LREM', line, 0, id)
    elseif seen[id] then
      call('LREM', line, 1, id)
    else
      ids[#ids + 1], seen[id] = id, true
    end
  end
  return ids
end

while true do
  local what = call('ZRANGE', arrived, 0, 0)[1]
  if not what then return {} end
  local line = P .. 'awaits:' .. what
  local ids = waitersOf(line)
  if #ids > 0 then return { what, unpack(ids) } end
  if call('EXISTS', line) == 0 then call('ZREM', arrived, what) end
end
