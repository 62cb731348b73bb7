// The loss scale of the next step (Micikevicius et al., Mixed precision training, 2018, section 3.2): halved, down to 1, after a
// step whose gradients were not finite (its update was skipped), doubled, up to a limit, after so many steps in a row that were.
//
//   skip flag set     scale = max(scale / 2, 1), steps = 0; the flag is cleared
//   else              steps += 1; at the interval: scale = min(2 scale, largest), steps = 0
//
// Launch: one thread. Behind the updates, which read the scale that the gradients were made with.
// Least traffic: 24 bytes.
#include "common.cuh"

// budget loss_scale_update 16
extern "C" __global__ void __launch_bounds__(32)
    loss_scale_update(StepState* state, uint32* steps, uint32 interval, float largest)
{
    if (threadIdx.x != 0) return;
    float scale = state->loss_scale;
    uint32 finite = *steps + 1;
    if (state->skip_update) {
        finite = 0;
        scale = scale > 2.0f ? scale * 0.5f : 1.0f;
        state->skip_update = 0;
    } else if (finite >= interval) {
        finite = 0;
        scale = scale * 2.0f < largest ? scale * 2.0f : largest;
    }
    state->loss_scale = scale;
    *steps = finite;
}
