#include "config/field_range.h"

#include <chrono>

namespace lianqiao::config {
using std::chrono::milliseconds;

namespace {

yaml::Reading<std::int64_t> parsed(FieldKind kind, std::string_view text,
                                   yaml::Range<std::int64_t> range) {
  if (kind == FieldKind::integer) return yaml::parseInteger(text, range);
  if (kind == FieldKind::size) return yaml::parseSize(text, range);
  auto duration = yaml::parseDuration(text, {milliseconds(range.least), milliseconds(range.most)});
  if (auto* bad = std::get_if<yaml::BadValue>(&duration)) return std::move(*bad);
  return std::get<milliseconds>(duration).count();
}

yaml::Range<std::int64_t> widest(FieldKind kind) {
  if (kind == FieldKind::integer) return yaml::kAnyInteger;
  if (kind == FieldKind::size) return yaml::kAnySize;
  return {yaml::kAnyDuration.least.count(), yaml::kAnyDuration.most.count()};
}

}  // namespace

bool isNumeric(FieldKind kind) {
  return kind == FieldKind::integer || kind == FieldKind::duration || kind == FieldKind::size;
}

std::optional<yaml::Range<std::int64_t>> rangeOf(const FieldSpec& spec) {
  if (!isNumeric(spec.kind)) return std::nullopt;
  const auto least = parsed(spec.kind, spec.least, widest(spec.kind));
  const auto most = parsed(spec.kind, spec.most, widest(spec.kind));
  const auto* from = std::get_if<std::int64_t>(&least);
  const auto* to = std::get_if<std::int64_t>(&most);
  if (from == nullptr || to == nullptr || *from > *to) return std::nullopt;
  return yaml::Range<std::int64_t>{*from, *to};
}

yaml::Reading<std::int64_t> parseNumeric(const FieldSpec& spec, std::string_view text) {
  return parsed(spec.kind, text, rangeOf(spec).value_or(widest(spec.kind)));
}

}  // namespace lianqiao::config
