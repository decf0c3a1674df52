#include "setup/offline_host.h"

#include <cstdio>
#include <cstdlib>
#include <random>

#include "lianqiao/codes.h"
#include "lianqiao/digest.h"

namespace lianqiao::setup {

OfflineHost::OfflineHost(const base::Clock& clock, std::vector<ItemShape> itemShapes)
    : clock_(clock), itemShapes_(std::move(itemShapes)) {
  std::string pattern = (std::filesystem::temp_directory_path() / "lianqiao-XXXXXX").string();
  if (mkdtemp(pattern.data()) != nullptr) folder_ = pattern;
}

OfflineHost::~OfflineHost() {
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

void OfflineHost::log(LogLevel level, std::string_view message) {
  if (level < LogLevel::warning) return;
  std::fprintf(stderr, "%.*s\n", static_cast<int>(message.size()), message.data());
}

std::string OfflineHost::nonce(std::size_t bytes) { return randomHex(bytes); }

Result<HttpResponse> OfflineHost::send(const HttpCall&, Deadline) {
  return Error{codes::kConnect, "This command sends nothing."};
}

std::string randomHex(std::size_t bytes) {
  std::random_device device;
  std::string raw(bytes, '\0');
  for (char& byte : raw) byte = static_cast<char>(device());
  return hex(raw);
}

}  // namespace lianqiao::setup
