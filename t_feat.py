import time, torch, numpy as np
torch.set_num_threads(1)
from rethinking import kernels, data
train=data.load("cifar10","train").first(2000)
net=kernels.random_convnet(train.images,500,0)
im=train.images[:100]
def t(f,n=1):
    f(); s=time.perf_counter(); 
    for _ in range(n): f()
    return (time.perf_counter()-s)/n
for prec in ("highest","medium"):
    torch.set_float32_matmul_precision(prec)
    print(prec, torch.backends.mkldnn.matmul.fp32_precision)
    s=t(lambda: net.features(im)); print("features s per 1e6 image-filter", s/ (100*500)*1e6)
    A=torch.randn(2048,4000); B=torch.randn(8192,4000); C=torch.zeros(2048,8192)
    s=t(lambda: C.addmm_(A,B.T)); print("gram GFLOP/s", 2*2048*4000*8192/s/1e9)
    P=net._patches(im[:4])[0]; s=t(lambda: P@net.filters.T, 3); print("conv GFLOP/s",2*4*729*108*500/s/1e9)
