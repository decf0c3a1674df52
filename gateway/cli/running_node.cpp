#include "cli/running_node.h"

#include <pwd.h>
#include <unistd.h>

#include <cstdio>

#include "cli/commands.h"
#include "lianqiao/codes.h"
#include "setup/setup.h"

namespace lianqiao::cli {

std::optional<admin::NodeFile> runningNode(const Arguments& arguments) {
  std::optional<std::filesystem::path> data;
  if (arguments.has("data")) {
    data = arguments.get("data");
  } else {
    yaml::Findings findings;
    data = setup::dataDirectory(arguments.get("config", "config"), findings);
    if (!data) {
      setup::printFindings(findings);
      std::fprintf(
          stderr,
          "The configuration is that in %s; --config DIR or --data DIR names another one.\n",
          arguments.get("config", "config").c_str());
    }
  }
  if (!data) return std::nullopt;
  auto node = admin::readNodeFile(*data);
  if (node) return *node;
  std::fprintf(stderr, "%s\n", node.error().detail.c_str());
  if (!arguments.has("data")) {
    std::fprintf(stderr,
                 "The data folder is that of %s/lianqiao.yaml; --config DIR or --data DIR names "
                 "another one.\n",
                 arguments.get("config", "config").c_str());
  }
  return std::nullopt;
}

std::string operatorName() {
  if (const char* name = std::getenv("SUDO_USER"); name != nullptr && *name != '\0') return name;
  const passwd* entry = ::getpwuid(::getuid());
  return entry == nullptr ? "user " + std::to_string(::getuid()) : std::string(entry->pw_name);
}

int callFailed(const Error& error) {
  std::fprintf(stderr, "%s\n", error.detail.c_str());
  return error.code == codes::kNotFound ? kUsage : kFailed;
}

int printAnswer(const admin::NodeFile& node, const std::string& target,
                std::string (*view)(std::string_view)) {
  auto answer = admin::call(node, "GET", target);
  if (!answer) return callFailed(answer.error());
  if (answer->status >= 300) {
    std::fprintf(stderr, "%s\n",
                 (view == nullptr ? answer->body : admin::messageOf(*answer)).c_str());
    return kFailed;
  }
  std::fputs((view == nullptr ? answer->body + "\n" : view(answer->body)).c_str(), stdout);
  return kOk;
}

int printUsage(const Error& error) {
  std::fprintf(stderr, "%s\n", error.detail.c_str());
  return kUsage;
}

}  // namespace lianqiao::cli
