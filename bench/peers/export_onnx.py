#!/usr/bin/python3
"""Writes networks for ONNX Runtime: export_onnx.py PEERS_DIR NET:BATCH ...; those that are there already are left alone."""
import os, sys
import torch, nets
nets.LRN, nets.INPLACE = 'onnxfast', False
for word in sys.argv[2:]:
    net, batch = word.split(':')
    path = '%s/ort/%s_fast_b%s.onnx' % (sys.argv[1], net, batch)
    if os.path.exists(path): continue
    model = nets.make(net).eval()
    x = torch.randn(int(batch), 3, model.image, model.image) * 0.1
    with torch.no_grad():
        torch.onnx.export(model, x, path + '.part', opset_version=13, input_names=['x'], output_names=['y'], do_constant_folding=True)
    os.replace(path + '.part', path)
