#include "npu/connection.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace tmx::npu {
namespace {

/// The driver gets so much longer than its own timeout before it counts as hanging.
constexpr int32_t kGraceMs = 500;
constexpr uint8_t kUint8Offset = 0x80;  // adding 128 to a code is turning its highest bit over

int32_t patience(const Connection& connection) {
    const int32_t timeout = connection.options.timeout_ms;
    return timeout > INT32_MAX - kGraceMs ? timeout : timeout + kGraceMs;
}

void copy_codes(uint8_t* to, const uint8_t* from, const Border& border) {
    memcpy(to, from, border.tensor->bytes);
    for (size_t i = 0; border.as_uint8 && i < border.tensor->bytes; ++i) to[i] ^= kUint8Offset;
}

tmx_status failed(const char* what, int32_t status, ErrorText& error) {
    return error.set(TMX_NPU_FAILED, "%s: %s (%" PRId32 ")", what, vip_status_text(status), status);
}

tmx_status given_up(ErrorText& error) { return error.set(TMX_NPU_TIMEOUT, "given up"); }

tmx_status write_inputs(Connection* connection, const Viplite& viplite, ErrorText& error) {
    const NpuCall& call = *connection->call;
    for (int32_t i = 0; i < call.input_count; ++i) {
        const DriverBuffer& input = connection->inputs[i];
        if (!input.in_place) {
            auto* there = static_cast<uint8_t*>(viplite.call.map_buffer(input.buffer));
            if (there == nullptr) return failed("vip_map_buffer", kVipFailure, error);
            if (!begin_copy(&connection->job)) return given_up(error);
            copy_codes(there, static_cast<const uint8_t*>(call.inputs[i].tensor->data), call.inputs[i]);
            end_copy(&connection->job);
            viplite.call.unmap_buffer(input.buffer);
        }
        const int32_t status = viplite.call.flush_buffer(input.buffer, kVipFlush);
        if (status != kVipSuccess) return failed("vip_flush_buffer", status, error);
    }
    return TMX_OK;
}

tmx_status read_outputs(Connection* connection, const Viplite& viplite, ErrorText& error) {
    const NpuCall& call = *connection->call;
    for (int32_t i = 0; i < call.output_count; ++i) {
        const DriverBuffer& output = connection->outputs[i];
        const int32_t status = viplite.call.flush_buffer(output.buffer, kVipInvalidate);
        if (status != kVipSuccess) return failed("vip_flush_buffer", status, error);
        const auto* there = static_cast<const uint8_t*>(viplite.call.map_buffer(output.buffer));
        if (there == nullptr) return failed("vip_map_buffer", kVipFailure, error);
        if (!begin_copy(&connection->job)) return given_up(error);
        copy_codes(static_cast<uint8_t*>(call.outputs[i].tensor->data), there, call.outputs[i]);
        end_copy(&connection->job);
        viplite.call.unmap_buffer(output.buffer);
    }
    return TMX_OK;
}

/// vip_run_network, which another thread may cancel.
int32_t run_network(Connection* connection, const Viplite& viplite) {
    lock_driver_state();
    connection->in_run = true;
    unlock_driver_state();
    const int32_t status = viplite.call.run_network(connection->network);
    lock_driver_state();
    connection->in_run = false;
    while (connection->cancels > 0) wait_for_driver_state();
    unlock_driver_state();
    return status;
}

tmx_status run_once(Connection* connection, const Viplite& viplite, ErrorText& error) {
    TMX_RETURN_IF_ERROR(write_inputs(connection, viplite, error));
    int32_t status = run_network(connection, viplite);
    // The driver has restarted an NPU that hung, and the network is as good as new: once more.
    if (status == kVipRecovery) status = run_network(connection, viplite);
    switch (status) {
        case kVipSuccess:
            return read_outputs(connection, viplite, error);
        case kVipCanceled:
            return error.set(TMX_CANCELED, "canceled on the NPU");
        case kVipTimeout:
            return error.set(TMX_NPU_TIMEOUT, "the NPU has not finished within %" PRId32 " ms",
                             connection->options.timeout_ms);
        default:
            return failed("vip_run_network", status, error);
    }
}

tmx_status create_work(void* user, const Viplite& viplite, ErrorText& error) {
    return create(static_cast<Connection*>(user), viplite, error);
}

tmx_status run_work(void* user, const Viplite& viplite, ErrorText& error) {
    auto* connection = static_cast<Connection*>(user);
    if (connection->network == nullptr) TMX_RETURN_IF_ERROR(create(connection, viplite, error));
    const tmx_status status = run_once(connection, viplite, error);
    // Whatever state it is in, the next run begins with a new one.
    if (status != TMX_OK) destroy(connection, viplite);
    return status;
}

tmx_status destroy_work(void* user, const Viplite& viplite, ErrorText&) {
    destroy(static_cast<Connection*>(user), viplite);
    return TMX_OK;
}

void destroy_late(void* user, const Viplite& viplite) {
    auto* connection = static_cast<Connection*>(user);
    destroy(connection, viplite);
    lock_driver_state();
    const bool orphaned = connection->orphaned;
    unlock_driver_state();
    if (orphaned && connection->attached) leave_driver(viplite);
}

/// Connections that the driver has kept: they are never freed, but not lost either.
Connection* orphans = nullptr;

bool orphan(Connection* connection) {
    lock_driver_state();
    connection->orphaned = true;
    connection->next_orphan = orphans;
    orphans = connection;
    unlock_driver_state();
    return false;
}

tmx_status attach(Connection* connection, ErrorText& error) {
    if (connection->attached) return TMX_OK;
    const tmx_status status = attach_driver(&connection->job, patience(*connection), error);
    connection->attached = status == TMX_OK;
    return status;
}

}  // namespace

tmx_status connect(const NpuCall& call, const ConnectOptions& options, Connection** result, ErrorText& error) {
    auto* connection = static_cast<Connection*>(calloc(1, sizeof(Connection)));
    if (connection == nullptr) return error.set(TMX_OUT_OF_MEMORY, "cannot allocate an NPU section");
    connection->call = &call;
    connection->options = options;
    tmx_status status = attach(connection, error);
    if (status == TMX_OK) {
        status = do_job(&connection->job, create_work, destroy_late, connection, patience(*connection), error);
    }
    if (status != TMX_OK && !is_lost(connection->job)) {
        // create() has left nothing behind.
        if (connection->attached) static_cast<void>(detach_driver(&connection->job, patience(*connection)));
        connection->attached = false;
    }
    // One that the driver still has stays with the model, for disconnect() to say so.
    if (status != TMX_OK && !is_lost(connection->job)) {
        free(connection);
        connection = nullptr;
    }
    *result = connection;
    return status;
}

tmx_status run(Connection* connection, ErrorText& error) {
    if (connection->failures >= kMostFailures) {
        return error.set(TMX_NPU_FAILED, "the NPU has failed %" PRId32 " times in a row and is not tried again",
                         connection->failures);
    }
    tmx_status status = attach(connection, error);  // unless it is: the driver hung when the model was opened
    if (status == TMX_OK) {
        status = do_job(&connection->job, run_work, destroy_late, connection, patience(*connection), error);
    }
    if (status == TMX_OK) {
        connection->failures = 0;
    } else if (status != TMX_CANCELED) {
        ++connection->failures;
    }
    return status;
}

void cancel(Connection* connection) {
    const Viplite& viplite = attached_viplite();
    lock_driver_state();
    const bool running = connection->in_run && viplite.call.cancel_network != nullptr;
    if (running) ++connection->cancels;
    unlock_driver_state();
    if (!running) return;
    viplite.call.cancel_network(connection->network);
    lock_driver_state();
    --connection->cancels;
    driver_state_changed();
    unlock_driver_state();
}

bool disconnect(Connection* connection) {
    ErrorText ignored;
    if (is_lost(connection->job)) return orphan(connection);
    if (connection->attached) {
        const tmx_status status =
            do_job(&connection->job, destroy_work, destroy_late, connection, patience(*connection), ignored);
        if (status == TMX_NPU_TIMEOUT) return orphan(connection);
        if (!detach_driver(&connection->job, patience(*connection)) && is_lost(connection->job)) {
            return orphan(connection);
        }
    }
    free(connection);
    return true;
}

void describe(const Connection&, char* text, size_t size) {
    const Viplite& viplite = attached_viplite();
    snprintf(text, size, "VIPLite %" PRIu32 ".%" PRIu32 ".%" PRIu32 ", NPU 0x%" PRIX32, viplite.version >> 16,
             viplite.version >> 8 & 255, viplite.version & 255, viplite.target);
}

}  // namespace tmx::npu
