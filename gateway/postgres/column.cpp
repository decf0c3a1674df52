#include "postgres/column.h"

#include "lianqiao/text.h"

namespace lianqiao::postgres {
namespace {

/// Of pg_type.dat; they never change.
struct Oids {
  unsigned one;
  unsigned array;
};
constexpr Oids kOids[] = {{25, 1009}, {17, 1001}, {2950, 2951}, {20, 1016}};

const Oids& oidsOf(Column::Kind kind) { return kOids[static_cast<std::size_t>(kind)]; }

template <typename Number>
void appendBigEndian(Number number, std::string& out) {
  for (int shift = 8 * (static_cast<int>(sizeof number) - 1); shift >= 0; shift -= 8)
    out += static_cast<char>((number >> shift) & 0xFF);
}

void appendSized(std::string_view bytes, std::string& out) {
  appendBigEndian(static_cast<std::uint32_t>(bytes.size()), out);
  out += bytes;
}

bool isText(std::string_view text) {
  return text.find('\0') == std::string_view::npos && lianqiao::isUtf8(text);
}

std::string madeText(std::string_view text) {
  std::string made(text);
  const bool utf8 = lianqiao::isUtf8(text);
  for (char& c : made)
    if (c == '\0' || (!utf8 && static_cast<unsigned char>(c) >= 0x80)) c = '?';
  return made;
}

}  // namespace

Value valueOf(std::int64_t number) {
  Value value{oidsOf(Column::Kind::number).one, {}};
  appendBigEndian(static_cast<std::uint64_t>(number), value.bytes);
  return value;
}

Value valueOf(std::string_view text) {
  return {oidsOf(Column::Kind::text).one, isText(text) ? std::string(text) : madeText(text)};
}

Value bytesValue(std::string_view bytes) {
  return {oidsOf(Column::Kind::bytes).one, std::string(bytes)};
}

Value uuidValue(std::string_view bytes) {
  return {oidsOf(Column::Kind::uuid).one, std::string(bytes)};
}

void Column::add(std::int64_t number) {
  ++count_;
  appendBigEndian(std::uint32_t{8}, elements_);
  appendBigEndian(static_cast<std::uint64_t>(number), elements_);
}

void Column::add(std::string_view value) {
  ++count_;
  if (kind_ != Kind::text || isText(value)) return appendSized(value, elements_);
  appendSized(madeText(value), elements_);
}

void Column::addNull() {
  ++count_;
  hasNull_ = true;
  appendBigEndian(std::uint32_t{0xFFFFFFFF}, elements_);
}

Value Column::value() const {
  Value value{oidsOf(kind_).array, {}};
  value.bytes.reserve(elements_.size() + 20);
  appendBigEndian(std::uint32_t{count_ > 0 ? 1U : 0U}, value.bytes);  // dimensions
  appendBigEndian(std::uint32_t{hasNull_ ? 1U : 0U}, value.bytes);
  appendBigEndian(std::uint32_t{oidsOf(kind_).one}, value.bytes);
  if (count_ == 0) return value;
  appendBigEndian(static_cast<std::uint32_t>(count_), value.bytes);
  appendBigEndian(std::uint32_t{1}, value.bytes);  // its first index
  value.bytes += elements_;
  return value;
}

}  // namespace lianqiao::postgres
