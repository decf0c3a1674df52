#include "config/field_range.h"

namespace lianqiao::config {
namespace {

Reading<std::int64_t> parsed(FieldKind kind, std::string_view text, Range<std::int64_t> range) {
  if (kind == FieldKind::integer) return parseInteger(text, range);
  if (kind == FieldKind::size) return parseSize(text, range);
  auto duration = parseDuration(text, {milliseconds(range.least), milliseconds(range.most)});
  if (auto* bad = std::get_if<BadValue>(&duration)) return std::move(*bad);
  return std::get<milliseconds>(duration).count();
}

Range<std::int64_t> widest(FieldKind kind) {
  if (kind == FieldKind::integer) return kAnyInteger;
  if (kind == FieldKind::size) return kAnySize;
  return {kAnyDuration.least.count(), kAnyDuration.most.count()};
}

}  // namespace

bool isNumeric(FieldKind kind) {
  return kind == FieldKind::integer || kind == FieldKind::duration || kind == FieldKind::size;
}

std::optional<Range<std::int64_t>> rangeOf(const FieldSpec& spec) {
  if (!isNumeric(spec.kind)) return std::nullopt;
  const auto least = parsed(spec.kind, spec.least, widest(spec.kind));
  const auto most = parsed(spec.kind, spec.most, widest(spec.kind));
  const auto* from = std::get_if<std::int64_t>(&least);
  const auto* to = std::get_if<std::int64_t>(&most);
  if (from == nullptr || to == nullptr || *from > *to) return std::nullopt;
  return Range<std::int64_t>{*from, *to};
}

Reading<std::int64_t> parseNumeric(const FieldSpec& spec, std::string_view text) {
  return parsed(spec.kind, text, rangeOf(spec).value_or(widest(spec.kind)));
}

}  // namespace lianqiao::config
