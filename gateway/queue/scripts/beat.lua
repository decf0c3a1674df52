#!lua flags=allow-oom
-- beat: a node says that it lives and learns who else does; or says goodbye and gives up what it polls.
-- KEYS[1] the prefix. ARGV: node, number of its start, counter ("" = goodbye), process.
-- Returns flat: 1, then node and beat of everybody; or, when another process has taken the name since: 0, its beat.
local P, node, start = KEYS[1] .. ':', ARGV[1], ARGV[2]
local call = redis.call
if call('HGET', P .. 'epochs', node) ~= start then return { 0, call('HGET', P .. 'beats', node) or '' } end
if ARGV[3] == '' then
  call('HDEL', P .. 'beats', node)
  local held, mine = call('HGETALL', P .. 'pollers'), node .. '.' .. start
  for i = 1, #held, 2 do
    if string.match(held[i + 1], '^%d+ (.*)$') == mine then call('HDEL', P .. 'pollers', held[i]) end
  end
  return { 1 }
end
call('HSET', P .. 'beats', node, start .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
local answer = call('HGETALL', P .. 'beats')  -- not unpacked: crashed nodes' beats stay, in any number
table.insert(answer, 1, 1)
return answer
