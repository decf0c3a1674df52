#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "lianqiao/http.h"
#include "lianqiao/result.h"

namespace lianqiao::admin {

/// What a running gateway leaves in `<data>/run/` for the commands of this machine: where its admin
/// port is, and the token (0600) that opens it.
struct NodeFile {
  std::string address;
  std::uint16_t port = 0;
  std::uint16_t peersPort = 0;
  std::string token;
};
Result<void> writeNodeFile(const std::filesystem::path& data, const NodeFile& node);
/// Fails with intake.not_found when no gateway runs here, or the caller may not read it.
Result<NodeFile> readNodeFile(const std::filesystem::path& data);
void removeNodeFile(const std::filesystem::path& data);

/// Calls the admin API of the gateway that left `node`; `wait` is for the whole call. Fails with
/// intake.not_found when it has ended, with intake.overloaded when it lives and is busy, with
/// deliver.connect when it does not answer.
Result<HttpResponse> call(const NodeFile& node, const std::string& method,
                          const std::string& target,
                          std::chrono::seconds wait = std::chrono::seconds(30),
                          const std::string& body = {});

/// What an answer that is no success says to people: its message, else its body, else
/// its status; never empty.
std::string messageOf(const HttpResponse& answer);

}  // namespace lianqiao::admin
