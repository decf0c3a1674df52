#include "base/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace lianqiao::base {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

std::optional<unsigned> numberOf(std::string_view text, unsigned most) {
  unsigned number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size() ||
      number > most) {
    return std::nullopt;
  }
  return number;
}

}  // namespace

IpAddress IpAddress::ofV4(const std::array<std::uint8_t, 4>& bytes) {
  IpAddress address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin() + 12);
  return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return std::nullopt;
    port = text.substr(end + 1);
    text = text.substr(1, end - 1);
    if (text.find(':') == text.npos) return std::nullopt;
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    const std::size_t colon = text.find(':');
    port = text.substr(colon);
    text = text.substr(0, colon);
  }
  if (!port.empty() && (port.front() != ':' || !numberOf(port.substr(1), 65535))) {
    return std::nullopt;
  }
  std::array<char, INET6_ADDRSTRLEN> name{};
  if (text.empty() || text.size() >= name.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), name.begin());
  std::array<std::uint8_t, 4> four{};
  if (inet_pton(AF_INET, name.data(), four.data()) == 1) return ofV4(four);
  IpAddress address;
  if (inet_pton(AF_INET6, name.data(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

bool IpAddress::isV4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> name{};
  if (isV4()) {
    inet_ntop(AF_INET, bytes.data() + 12, name.data(), name.size());
  } else {
    inet_ntop(AF_INET6, bytes.data(), name.data(), name.size());
  }
  return name.data();
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string_view host = text.substr(0, slash);
  const auto address = IpAddress::parse(host);
  if (!address || host.starts_with('[') || (address->isV4() && host.find('.') == host.npos) ||
      (address->isV4() && host.find(':') != host.npos)) {
    return std::nullopt;
  }
  IpNetwork network{*address, 128};
  if (slash == text.size()) return network;
  const unsigned offset = address->isV4() ? 96 : 0;
  const auto bits = numberOf(text.substr(slash + 1), 128 - offset);
  if (!bits) return std::nullopt;
  network.bits = *bits + offset;
  for (unsigned bit = network.bits; bit < 128; ++bit) {
    if ((network.address.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  }
  return network;
}

bool IpNetwork::contains(const IpAddress& other) const {
  const unsigned whole = bits / 8;
  if (!std::equal(address.bytes.begin(), address.bytes.begin() + whole, other.bytes.begin())) {
    return false;
  }
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xFF << (8 - bits % 8));
  return ((address.bytes[whole] ^ other.bytes[whole]) & mask) == 0;
}

IpAddress callerOf(IpAddress address) {
  if (!address.isV4()) std::fill(address.bytes.begin() + 8, address.bytes.end(), 0);
  return address;
}

std::size_t IpHash::operator()(const IpAddress& address) const {
  std::uint64_t head = 0;
  std::uint64_t tail = 0;
  std::memcpy(&head, address.bytes.data(), sizeof head);
  std::memcpy(&tail, address.bytes.data() + sizeof head, sizeof tail);
  // Addresses come from outside, as many as there are connections: a good mix is enough.
  std::uint64_t mixed = (head ^ (tail * 0x9E3779B97F4A7C15u)) * 0xD6E8FEB86659FD93u;
  return static_cast<std::size_t>(mixed ^ (mixed >> 32));
}

}  // namespace lianqiao::base
