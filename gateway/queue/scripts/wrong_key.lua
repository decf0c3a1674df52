-- wrong_key: part of accept and of mend. `P` is theirs.
-- The text of what was thrown, with the first of `keys` that is of another type than it should be: "name" "type" in turn.
local function namedCause(why, keys)
  local text = type(why) == 'table' and why.err or tostring(why)
  for k = 1, #keys, 2 do
    local is = redis.pcall('TYPE', P .. keys[k]).ok or 'none'
    if is ~= 'none' and is ~= keys[k + 1] then
      return P .. keys[k] .. ' is a ' .. is .. ' and should be a ' .. keys[k + 1] .. ': ' .. text
    end
  end
  return text
end
