// tinamix keygen and sign: models that boards with a key accept.
#include <fmt/format.h>

#include "deploy/signing.h"
#include "formats/atomic_file.h"
#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/simulation.h"

namespace tinamix::tool {
namespace {

constexpr const char* kKeygenExamples =
    "  tinamix keygen -o factory              (factory.key stays here, factory.pub goes onto the boards)\n"
    "  scp factory.pub root@board:/etc/tinamix/keys/";
constexpr const char* kSignExamples =
    "  tinamix sign net.tmx --key factory.key\n"
    "  tinamix sign net.tmx --verify factory.pub";

class KeygenCommand final : public Command {
  public:
    explicit KeygenCommand(CLI::App& program)
        : Command(program, "keygen", "Make a pair of keys for signing models", kKeygenExamples) {
        options.path("-o,--output", base_, "NAME", "NAME.key (secret) and NAME.pub are written, never overwritten");
    }

    int run() override {
        options.require("--output");
        const deploy::KeyFiles files = deploy::make_keys(base_);
        fmt::print("{}: secret, for `tinamix sign`: keep it off the boards and out of version control\n",
                   files.secret_path);
        fmt::print("{}: for boards, in /etc/tinamix/keys or STORE/keys; key id {}\n", files.public_path, files.id);
        return kExitOk;
    }

  private:
    std::string base_;
};

class SignCommand final : public Command {
  public:
    explicit SignCommand(CLI::App& program)
        : Command(program, "sign", "Sign a model file, or verify its signature", kSignExamples) {
        options.path("MODEL", model_, "MODEL.tmx", "the model file");
        options.path("--key", key_, "NAME.key", "secret key of `tinamix keygen`");
        options.path("--verify", verify_, "NAME.pub",
                     "verify the signature instead of signing; exit status 1 if it fails");
        options.path("-o,--output", output_, "FILE.tmx", "the signed model (default: in place)");
        options.exclude("--key", "--verify");
        options.exclude("--output", "--verify");
    }

    int run() override {
        options.require("MODEL");
        if (!is_tmx(model_)) throw UsageError(model_, "must be a .tmx file");
        const std::string bytes = formats::read_file(model_);
        if (!verify_.empty()) {
            const bool good = deploy::is_signed_by(bytes, verify_);
            fmt::print("{}: {}signed by {}\n", model_, good ? "" : "not ", verify_);
            return good ? kExitOk : kExitFailed;
        }
        options.require("--key");
        std::string id;
        const std::string result = deploy::signed_model(bytes, model_, key_, &id);
        const std::string& output = output_.empty() ? model_ : output_;
        formats::write_file_atomically(output, result);
        fmt::print("{}: signed by key {}\n", output, id);
        return kExitOk;
    }

  private:
    std::string model_, key_, verify_, output_;
};

}  // namespace

std::unique_ptr<Command> keygen_command(CLI::App& program) { return std::make_unique<KeygenCommand>(program); }
std::unique_ptr<Command> sign_command(CLI::App& program) { return std::make_unique<SignCommand>(program); }

}  // namespace tinamix::tool
