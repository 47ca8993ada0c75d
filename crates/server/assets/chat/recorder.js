// Recording a voice message: audio/mp4 where the browser's recorder has it, else WAV (16 kHz, mono). On plain http there is no
// microphone: the composer offers a file picker instead.
//   await record() → { stop() → promise of { file, ms }, cancel(), level() 0…1 }; throws if the person says no
const MP4 = ["audio/mp4;codecs=mp4a.40.2", "audio/mp4"];
const WAV_RATE = 16_000;

export async function record() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true } });
  const Context = window.AudioContext ?? window.webkitAudioContext;
  const context = new Context();
  const source = context.createMediaStreamSource(stream);
  const meter = context.createAnalyser();
  meter.fftSize = 256;
  source.connect(meter);
  const type = window.MediaRecorder ? MP4.find((one) => MediaRecorder.isTypeSupported(one)) : undefined;
  const began = Date.now();
  const recorder = type ? mp4(stream, type) : wav(context, source);
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
    context.close().catch(() => {});
  };
  const samples = new Uint8Array(meter.frequencyBinCount);
  return {
    level() {
      meter.getByteTimeDomainData(samples);
      return Math.min(1, Math.max(...samples.map((v) => Math.abs(v - 128))) / 64);
    },
    async stop() {
      const ms = Date.now() - began;
      const file = await recorder.stop();
      close();
      return { file, ms };
    },
    cancel() {
      recorder.cancel();
      close();
    },
  };
}

function mp4(stream, type) {
  const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: 32_000 });
  const parts = [];
  recorder.ondataavailable = (event) => event.data.size > 0 && parts.push(event.data);
  recorder.start();
  return {
    stop: () =>
      new Promise((resolve) => {
        recorder.onstop = () => resolve(new File(parts, "voice.m4a", { type: "audio/mp4" }));
        recorder.stop();
      }),
    cancel: () => recorder.state !== "inactive" && recorder.stop(),
  };
}

function wav(context, source) {
  // Old, but the one way that every webview has; a worklet would need a file of its own for the same.
  const tap = context.createScriptProcessor(4096, 1, 1);
  const parts = [];
  tap.onaudioprocess = (event) => parts.push(event.inputBuffer.getChannelData(0).slice());
  source.connect(tap);
  tap.connect(context.destination);
  const end = () => {
    tap.onaudioprocess = null;
    tap.disconnect();
  };
  return {
    stop: async () => {
      end();
      return new File([encode(parts, context.sampleRate)], "voice.wav", { type: "audio/wav" });
    },
    cancel: end,
  };
}

function encode(parts, rate) {
  const step = Math.max(1, rate / WAV_RATE);
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new Float32Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  const count = Math.floor(total / step);
  const view = new DataView(new ArrayBuffer(44 + count * 2));
  const text = (offset, word) => [...word].forEach((c, n) => view.setUint8(offset + n, c.charCodeAt(0)));
  const out = Math.round(rate / step);
  text(0, "RIFF");
  view.setUint32(4, 36 + count * 2, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, out, true);
  view.setUint32(28, out * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, count * 2, true);
  for (let n = 0; n < count; n += 1) {
    const value = Math.max(-1, Math.min(1, all[Math.floor(n * step)]));
    view.setInt16(44 + n * 2, value * 0x7fff, true);
  }
  return view.buffer;
}
