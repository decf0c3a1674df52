#include "config/no_such_peer.h"

#include <algorithm>

#include "lianqiao/text.h"

namespace lianqiao::config {

std::string noSuchPeer(std::string_view name, std::vector<std::string> configured) {
  std::sort(configured.begin(), configured.end());
  std::string out = "There is no peer " + std::string(cutAt(name, 100)) + "; configured: ";
  if (configured.empty()) out += "none";
  for (const std::string& one : configured)
    out.append(&one == &configured.front() ? "" : ", ") += one;
  const std::string_view near = closest(name, configured);
  return out + (near.empty() ? "." : ". Did you mean " + std::string(near) + "?");
}

}  // namespace lianqiao::config
