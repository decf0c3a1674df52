#!lua flags=allow-oom
-- beat: a node says that it lives and learns who else does; or says goodbye and gives up what it polls.
-- KEYS[1] the prefix. ARGV: node, number of its start, counter ("" = goodbye), process, then node and beat of each
--   that has stood still for so long that it is forgotten.
-- Returns flat: 1, then node and beat of everybody; or, when another process has taken the name since: 0, its beat.
local P, node, start = KEYS[1] .. ':', ARGV[1], ARGV[2]
local call = redis.call
local last = tonumber(call('HGET', P .. 'epochs', node) or 0)
if last > tonumber(start) then return { 0, call('HGET', P .. 'beats', node) or '' } end
if last < tonumber(start) then
  -- Redis has gone back in time (a backup, a fail-over that we were not told of): as in follow.
  call('HSET', P .. 'epochs', node, start)
  call('INCRBY', P .. 'fence', 1000000)
end
if ARGV[3] == '' then
  call('HDEL', P .. 'beats', node)
  local held, mine = call('HGETALL', P .. 'pollers'), node .. '.' .. start
  for i = 1, #held, 2 do
    if string.match(held[i + 1], '^%d+ (.*)$') == mine then call('HDEL', P .. 'pollers', held[i]) end
  end
  return { 1 }
end
call('HSET', P .. 'beats', node, start .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
for i = 5, #ARGV, 2 do
  if call('HGET', P .. 'beats', ARGV[i]) == ARGV[i + 1] then call('HDEL', P .. 'beats', ARGV[i]) end
end
local answer = call('HGETALL', P .. 'beats')  -- not unpacked: there may be any number
table.insert(answer, 1, 1)
return answer
