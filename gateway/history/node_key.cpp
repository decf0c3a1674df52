#include "history/node_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"

namespace lianqiao::history {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kVectorBytes = 16;
constexpr std::size_t kCheckBytes = 8;
constexpr std::size_t kTails = 10'000;

Error keyError(const fs::path& file, const std::string& why) {
  return {codes::kHistoryUnavailable, "The history's key " + file.string() + " " + why};
}

std::string randomBytes(std::size_t count) {
  std::random_device device;
  std::string bytes;
  while (bytes.size() < count) bytes += static_cast<char>(device() & 0xFF);
  return bytes;
}

std::uint64_t first64(std::string_view bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// Under another name first: a key that was half written would never be found out.
Result<void> makeKey(const fs::path& file) {
  const fs::path fresh = file.string() + ".fresh";
  const std::string text = hex(randomBytes(kSecretBytes)) + "\n";
  const int out = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0) return keyError(file, "cannot be made: " + std::string(std::strerror(errno)));
  const bool written =
      ::write(out, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(out) == 0;
  ::close(out);
  if (written && std::rename(fresh.c_str(), file.c_str()) == 0) return {};
  return keyError(file, "cannot be written; check the free space.");
}

}  // namespace

Result<std::string> NodeKey::secretIn(const fs::path& file, bool fresh) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) {
    if (!fresh)
      return keyError(file,
                      "is missing, and there are months that were written with it; bring it "
                      "back from the backup. Without it numbers of persons are not found.");
    if (Result<void> made = makeKey(file); !made.ok()) return made.error();
    if (::stat(file.c_str(), &about) != 0) return keyError(file, "cannot be read.");
  }
  if ((about.st_mode & 077) != 0)
    return keyError(file, "can be read by others; `chmod 600` it, and see who did.");
  std::ifstream in(file);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const std::optional<std::string> secret = unhex(text);
  if (!secret || secret->size() != kSecretBytes)
    return keyError(file,
                    "is damaged; bring it back from a backup. Without it numbers of persons "
                    "of before are not found.");
  return *secret;
}

NodeKey::NodeKey(const std::string& secret)
    : check_(hex(hmac(Hash::sha256, secret, "check").substr(0, kCheckBytes))),
      numbers_(Hash::sha256, hmac(Hash::sha256, secret, "numbers")),
      sealing_(hmac(Hash::sha256, secret, "seal")),
      tails_(kTails) {}

std::uint64_t NodeKey::digest(std::string_view text) {
  numbers_.add(text);
  return first64(numbers_.finish());
}

std::uint64_t NodeKey::tailDigest(std::string_view tail) {
  // A whole number of four digits does not exist, but its kind is part of the text all the same.
  const std::string text = "tail " + std::string(tail);
  const auto number = tail.size() == 4 ? decimalText(tail) : std::nullopt;
  if (!number) return digest(text);
  std::uint64_t& known = tails_[static_cast<std::size_t>(*number)];
  if (known == 0) known = digest(text);
  return known;
}

std::string NodeKey::seal(std::string_view text) const {
  const std::string vector = randomBytes(kVectorBytes);
  return vector + aesCbcEncrypt(sealing_, vector, text, kVectorBytes).value_or("");
}

std::optional<std::string> NodeKey::unseal(std::string_view sealed) const {
  if (sealed.size() < kVectorBytes) return std::nullopt;
  return aesCbcDecrypt(sealing_, sealed.substr(0, kVectorBytes), sealed.substr(kVectorBytes),
                       kVectorBytes);
}

}  // namespace lianqiao::history
