#include "http/tls_client.h"

#include <Poco/Delegate.h>
#include <Poco/Exception.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/Net/SSLManager.h>
#include <Poco/Net/VerificationErrorArgs.h>

#include <csignal>
#include <utility>

#include "lianqiao/codes.h"

namespace lianqiao::http {

namespace {

thread_local std::string refusal;

/// OpenSSL's own text for a failed handshake is only "certificate verify failed"; the reason comes
/// here.
void noteRefusal(const void*, Poco::Net::VerificationErrorArgs& args) {
  if (refusal.empty()) refusal = args.errorMessage();
  args.setIgnoreError(false);
}

/// Once in the process: OpenSSL writes to sockets without MSG_NOSIGNAL, so a peer that hangs up
/// would end the gateway by SIGPIPE.
void prepare() {
  static const bool kPrepared = [] {
    Poco::Net::initializeSSL();
    Poco::Net::SSLManager::instance().ClientVerificationError += Poco::delegate(&noteRefusal);
    struct sigaction current {};
    if (::sigaction(SIGPIPE, nullptr, &current) == 0 && current.sa_handler == SIG_DFL) {
      (void)std::signal(SIGPIPE, SIG_IGN);
    }
    return true;
  }();
  (void)kPrepared;
}

}  // namespace

Result<std::shared_ptr<TlsClient>> TlsClient::make(const config::TlsSettings& settings) {
  prepare();
  Poco::Net::Context::Params params;
  params.verificationMode = Poco::Net::Context::VERIFY_STRICT;
  params.verificationDepth = 9;
  params.caLocation = settings.clientAuthority.string();
  params.loadDefaultCAs = settings.clientAuthority.empty();
  params.certificateFile = settings.certificate.string();
  params.privateKeyFile = settings.key.string();
  params.cipherList = "HIGH:!aNULL:!MD5:!RC4:!3DES";
  try {
    Poco::Net::Context::Ptr context =
        new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, params);
    context->requireMinimumProtocol(Poco::Net::Context::PROTO_TLSV1_2);
    return std::shared_ptr<TlsClient>(new TlsClient(std::move(context)));
  } catch (const Poco::Exception& e) {
    return Error{codes::kConfig, "tls: cannot use authority '" + params.caLocation +
                                     "', certificate '" + params.certificateFile + "', key '" +
                                     params.privateKeyFile + "': " + e.displayText() +
                                     "; give readable PEM files"};
  }
}

std::string TlsClient::takeRefusal() { return std::exchange(refusal, {}); }

}  // namespace lianqiao::http
