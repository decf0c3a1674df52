-- wrong_key: part of accept and of mend. `P` is theirs.

-- The text of what was thrown, with the first of `keys` that is of another type than it should be.
-- `keys`: name and type in turn; the type may be one of several: "hash or string".
local function namedCause(why, keys)
  local text = type(why) == 'table' and why.err or tostring(why)
  for k = 1, #keys, 2 do
    local key, should = P .. keys[k], keys[k + 1]
    local is = redis.pcall('TYPE', key).ok or 'none'
    local fits = string.find(' ' .. should .. ' ', ' ' .. is .. ' ', 1, true)
    if is ~= 'none' and not fits then
      return key .. ' is a ' .. is .. ' and should be a ' .. should .. ': ' .. text
    end
  end
  return text
end
