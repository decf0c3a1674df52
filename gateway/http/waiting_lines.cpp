#include "http/waiting_lines.h"

namespace lianqiao::http {

void WaitingLines::move(Places& places, std::uint32_t slot, Line line) {
  if (slot >= places.size()) places.resize(slot + 1);
  Place& place = places[slot];
  if (place.line != Line::none) {
    Ends& ends = endsOf(place.line);
    (place.before == kNobody ? ends.front : places[place.before].behind) = place.behind;
    (place.behind == kNobody ? ends.back : places[place.behind].before) = place.before;
  }
  place = Place{line};
  if (line == Line::none) return;
  Ends& ends = endsOf(line);
  place.before = ends.back;
  (ends.back == kNobody ? ends.front : places[ends.back].behind) = slot;
  ends.back = slot;
}

std::optional<std::uint32_t> WaitingLines::first() const {
  for (const Ends* ends : {&spare_, &resting_}) {
    if (ends->front != kNobody) return ends->front;
  }
  return std::nullopt;
}

}  // namespace lianqiao::http
